use std::path::PathBuf;

use super::Seconds;

crate::section! {
    /// Who the process is to its peers, and whom it believes. All files are PEM.
    pub struct Tls = "TLS" {
        /// Certificate chain of this process, its own first; its common name is the process's name and stands
        /// among the subject's alternative names.
        certificate: PathBuf,
        /// Private key of the certificate.
        key: PathBuf,
        /// Certificates of the authority that signs the peers' certificates.
        authority: PathBuf,
        /// How often the files are looked at for a change, in seconds.
        reload_s: Seconds = "10",
    }
}
