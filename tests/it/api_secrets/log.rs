//! Everything that is logged while a story is told.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::world::{Database, World, tell};

/// Everything that was logged.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("a log of text")
    }

    /// The lines that hold a text.
    pub(super) fn lines_with(&self, text: &str) -> Vec<String> {
        let log = self.text();
        log.lines()
            .filter(|it| it.contains(text))
            .map(ToOwned::to_owned)
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

thread_local! {
    static LISTENING: std::cell::RefCell<Option<tracing::dispatcher::DefaultGuard>> = const { std::cell::RefCell::new(None) };
}

/// Tells the story on threads of its own, every one of which logs everything into one place.
pub(super) fn watched<F>(database: Database, story: impl FnOnce(World, Log) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send,
{
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let dispatch = Dispatch::new(subscriber);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(move || {
            let guard = tracing::dispatcher::set_default(&dispatch);
            LISTENING.set(Some(guard));
        })
        .build()
        .unwrap();
    let story = tell(database, async move |world| story(world, log).await);
    runtime.block_on(async { tokio::spawn(story).await.unwrap() });
}
