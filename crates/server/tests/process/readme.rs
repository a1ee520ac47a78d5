//! The README's first five minutes, as somebody pastes them: its `sh` blocks run in order against a demo.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;

use crate::horarium::{PATIENCE, Server, horarium, text};

/// What stands in the README where the reader pastes what the demo printed.
const PASTED: &str = "KEY=hor_live_…";

/// The `sh` blocks between two headings.
fn blocks(readme: &str, heading: &str) -> Vec<String> {
    let (_, part) = readme.split_once(heading).expect("the heading");
    let part = part.split("\n## ").next().unwrap_or(part);
    let mut blocks = Vec::new();
    for fenced in part.split("```sh\n").skip(1) {
        let (block, _) = fenced.split_once("\n```").expect("the end of the block");
        blocks.push(block.to_owned());
    }
    blocks
}

/// Runs blocks in one shell, as one terminal would, and gives what each printed.
fn typed(folder: &Path, blocks: &[String]) -> Vec<String> {
    const END: &str = "--- the end of a block ---";
    let script: Vec<String> = blocks.iter().map(|it| format!("{it}\necho '{END}'")).collect();
    let shell = Command::new("sh")
        .args(["-eu", "-c", &script.join("\n")])
        .current_dir(folder)
        .output()
        .expect("a shell");
    let printed = text(&shell.stdout);
    assert!(shell.status.success(), "{printed}\n{}", text(&shell.stderr));
    printed.split(END).map(str::to_owned).take(blocks.len()).collect()
}

#[test]
fn the_first_five_minutes_go_from_an_empty_terminal_to_a_booked_time() {
    let readme = include_str!("../../../../README.md");
    let blocks = blocks(readme, "## The first five minutes");
    let (start, rest) = blocks.split_first().expect("blocks");
    assert_eq!(start, "cargo run -- demo");
    if Command::new("curl").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI needs curl");
        eprintln!("THE README WAS NOT TRIED: there is no curl here");
        return;
    }
    let data = tempdir().unwrap();
    let server = Server::start(horarium(data.path(), &["demo", "--json"]));
    let line: Value = serde_json::from_str(&server.printed.recv_timeout(PATIENCE).unwrap()).unwrap();
    let key = line["apiKey"].as_str().unwrap();
    assert!(rest[0].contains(PASTED), "{}", rest[0]);
    let here = |block: &String| {
        let block = block.replace(PASTED, &format!("KEY={key}"));
        block.replace("localhost:4000", &server.address)
    };
    let typed = typed(data.path(), &rest.iter().map(here).collect::<Vec<_>>());
    let mut answers = Vec::new();
    for (block, printed) in rest.iter().zip(&typed) {
        for printed in printed.lines().filter(|it| !it.trim().is_empty()) {
            let answer: Value =
                serde_json::from_str(printed).unwrap_or_else(|why| panic!("{why}: {printed}\nof\n{block}"));
            assert_eq!(answer.get("errors"), None, "{answer}\nof\n{block}");
            for (mutation, payload) in answer["data"].as_object().into_iter().flatten() {
                if let Some(refused) = payload.get("userErrors") {
                    assert_eq!(*refused, Value::Array(Vec::new()), "{mutation}\nof\n{block}");
                }
            }
            answers.push(answer);
        }
    }
    let said = |pointer: &str| -> Vec<&Value> {
        let told = answers.iter().filter_map(|it| it["data"].pointer(pointer));
        told.collect()
    };
    assert_eq!(said("/bookingCreate/booking/status"), ["CONFIRMED"]);
    assert_eq!(said("/bookingCancel/booking/status"), ["CANCELLED"]);
    let booked = said("/bookingCreate/booking/id");
    let day = said("/agenda/bookings");
    let has = |list: &&&Value| {
        list.as_array()
            .is_some_and(|it| it.iter().any(|it| it["id"] == *booked[0]))
    };
    assert!(day.iter().any(|it| has(&it)), "the day shows it: {day:?}");
    assert_eq!(said("/bookingConfirm/booking/status"), ["CONFIRMED"]);
}
