//! Helpers live in it/.
