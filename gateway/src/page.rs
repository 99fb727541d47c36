//! The pages that the gateway serves beside the API. All of them are in the binary and allow no script but their own files.

use crate::problem::Rejection;
use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header, request::Parts as Head};
use std::collections::HashMap;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Path, type and content of each file.
const FILES: [(&str, &str, &str); 6] = [
    ("/", HTML, include_str!("../console/index.html")),
    ("/console.js", SCRIPT, include_str!("../console/console.js")),
    ("/session.js", SCRIPT, include_str!("../console/session.js")),
    ("/style.css", STYLE, include_str!("../console/style.css")),
    ("/docs", HTML, include_str!("../console/docs.html")),
    ("/docs.js", SCRIPT, include_str!("../console/docs.js")),
];

/// Pages by path.
#[derive(Debug)]
pub struct Pages(HashMap<&'static str, Page>);

/// A file as browsers get it.
#[derive(Debug)]
pub struct Page {
    content_type: HeaderValue,
    content: Bytes,
    etag: HeaderValue,
}

impl Pages {
    /// The files, and the document that describes the API.
    pub fn new(openapi: String) -> Self {
        let files = FILES.into_iter().map(|(path, kind, content)| (path, Page::new(kind, content.into())));
        let document = ("/openapi.json", Page::new("application/json", openapi.into()));
        Self(files.chain([document]).collect())
    }

    /// The page at a path.
    pub(crate) fn find(&self, path: &str) -> Option<&Page> {
        self.0.get(path)
    }
}

impl Page {
    fn new(content_type: &'static str, content: Bytes) -> Self {
        let hash = hex::encode(&digest(&SHA256, &content).as_ref()[..8]);
        let etag = format!("\"{hash}\"").parse().expect("hexadecimal digits are header text");
        Self { content_type: HeaderValue::from_static(content_type), content, etag }
    }

    /// Answers with the page, or with its being what the browser has already.
    pub(crate) fn answer(&self, head: &Head) -> Result<Response, Rejection> {
        const ALLOW: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
        match head.method {
            Method::GET | Method::HEAD => {}
            Method::OPTIONS => return Ok((StatusCode::NO_CONTENT, [(header::ALLOW, ALLOW)]).into_response()),
            _ => return Err(Rejection::Method(ALLOW)),
        }
        let known = head.headers.get_all(header::IF_NONE_MATCH).iter().any(|etag| *etag == self.etag);
        let mut response =
            Response::new(if known { Body::empty() } else { Body::from(self.content.clone()) });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        headers.insert(header::ETAG, self.etag.clone());
        // kept, and asked for each time whether it changed: pages and API are of one version
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(response)
    }
}
