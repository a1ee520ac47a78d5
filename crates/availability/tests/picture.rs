//! The picture in the documentation is what the engine draws today.

#[path = "../examples/picture.rs"]
#[expect(dead_code, reason = "the example's own main")]
mod picture;

#[test]
fn the_picture_in_the_docs_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/availability.svg");
    let drawn = picture::draw().unwrap();
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        std::fs::write(path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == drawn,
        "run UPDATE_PICTURE=1 cargo test -p availability --test picture"
    );
}
