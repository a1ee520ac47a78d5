//! Loading what is free.
