crate::section! {
    /// Which access tokens are believed.
    pub struct Token = "TOKEN" {
        /// Who must have issued them: identity's name for itself, the same in every process of one
        /// deployment.
        issuer: String = "patron",
    }
}
