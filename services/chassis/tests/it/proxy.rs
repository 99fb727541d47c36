//! A network between a service and Postgres, which can be lost without a word.

use std::net::{Ipv4Addr, SocketAddr};

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

        let silences = watch::Sender::new(0);
        let heard = silences.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (postgres, mut silence) = (postgres.clone(), heard.subscribe());
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(postgres).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        // What is sent from now on is taken and never answered, and nothing is closed.
                        _ = silence.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { silences }
    }

    /// Lets no connection that there is pass on another byte. New ones are as good as before.
    pub(crate) fn fall_silent(&self) {
        self.silences.send_modify(|times| *times += 1);
    }
}
