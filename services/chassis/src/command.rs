//! What people have a service do by its command line besides serving.

use futures::future::BoxFuture;

/// What came of a command.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// This is to be printed.
    Said(String),
    /// Its arguments make no sense: the usage is printed.
    Misused,
}

type Run = Box<dyn FnOnce(Vec<String>) -> BoxFuture<'static, anyhow::Result<Answer>> + Send + Sync>;

/// A command of a service, which runs in a process that is put together like one that serves and does not listen.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

impl Command {
    pub(crate) fn new<F>(
        name: &'static str,
        run: impl FnOnce(Vec<String>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<Answer>> + Send + 'static,
    {
        Self { name, run: Box::new(move |arguments| Box::pin(run(arguments))) }
    }
}
