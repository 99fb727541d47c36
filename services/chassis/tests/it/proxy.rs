//! A network between a service and Postgres, which can be lost without a word.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use patron_chassis::config;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use url::Url;

pub(crate) struct Proxy {
    /// Times it fell silent.
    silences: watch::Sender<u32>,
    /// What a new connection waits before anything goes through.
    delay: watch::Sender<Duration>,
}

impl Proxy {
    /// Stands between a service and its database, whose settings then lead here.
    pub(crate) async fn before(settings: &mut config::Database) -> Self {
        let mut url = Url::parse(settings.url.expose_secret()).unwrap();
        let postgres = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5432));
        // A folder of a socket may stand there, which would win over the host.
        url.set_query(None);
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        settings.url = SecretString::from(url.to_string());

        let (silences, delay) = (watch::Sender::new(0), watch::Sender::default());
        let (heard, slow): (_, watch::Sender<Duration>) = (silences.clone(), delay.clone());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (postgres, mut silence, delay) = (postgres.clone(), heard.subscribe(), *slow.borrow());
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    let mut far = TcpStream::connect(postgres).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        // What is sent from now on is taken and never answered, and nothing is closed.
                        _ = silence.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { silences, delay }
    }

    /// Lets new connections wait so long before they pass on a byte.
    pub(crate) fn delay(&self, delay: Duration) {
        self.delay.send_replace(delay);
    }

    /// Lets no connection that there is pass on another byte. New ones are as good as before.
    pub(crate) fn fall_silent(&self) {
        self.silences.send_modify(|times| *times += 1);
    }
}
