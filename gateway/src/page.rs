//! The pages that the gateway serves beside the API: the console and what describes the API. All of them are in the binary and
//! allow no script but their own files.

mod console;
mod form;

use self::form::Form;
use crate::problem::Rejection;
use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts as Head};
use std::{borrow::Cow, collections::HashMap};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Path, type and content of what describes the API.
const DOCS: [(&str, &str, &str); 6] = [
    ("/docs", HTML, include_str!("../docs/index.html")),
    ("/docs/docs.js", SCRIPT, include_str!("../docs/docs.js")),
    ("/docs/schema.js", SCRIPT, include_str!("../docs/schema.js")),
    ("/docs/session.js", SCRIPT, include_str!("../docs/session.js")),
    ("/docs/text.js", SCRIPT, include_str!("../docs/text.js")),
    ("/docs/style.css", STYLE, include_str!("../docs/style.css")),
];

/// Asked for each time whether it changed: pages and API are of one version.
const CHECKED: HeaderValue = HeaderValue::from_static("no-cache");

/// Kept for a year, which is for ever: the name changes with the content (RFC 8246).
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// First segments of paths that are no screens of the console: nothing there is not there.
const NO_SCREENS: [&str; 4] = ["v1", "docs", "assets", "openapi.json"];

/// Pages by path.
#[derive(Debug)]
pub struct Pages(HashMap<Cow<'static, str>, Page>);

/// A file as browsers get it.
#[derive(Debug)]
pub struct Page {
    content_type: HeaderValue,
    kept: HeaderValue,
    /// As it is, and compressed where that is worth it.
    forms: Vec<Form>,
}

impl Pages {
    /// The files, and the document that describes the API.
    pub fn new(openapi: String) -> Self {
        let docs = DOCS
            .into_iter()
            .map(|(path, kind, content)| (path.into(), Page::plain(kind, content.as_bytes().into())));
        let document = ("/openapi.json".into(), Page::plain("application/json", openapi.into_bytes().into()));
        Self(console::files().chain(docs).chain([document]).collect())
    }

    /// The page at a path.
    pub(crate) fn find(&self, path: &str) -> Option<&Page> {
        self.0.get(path)
    }

    /// The console, where somebody opens one of its screens by its address. Programs, which do not ask for HTML, learn that the
    /// path leads nowhere.
    pub(crate) fn screen(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<&Page> {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let page = reads && !NO_SCREENS.contains(&first) && takes_html(headers);
        if page { self.find("/") } else { None }
    }
}

fn takes_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| range.trim_start().starts_with("text/html"))
}

impl Page {
    /// A page in one form.
    fn plain(content_type: &'static str, content: Cow<'static, [u8]>) -> Self {
        Self::new(content_type, CHECKED, vec![Form::new(None, content)])
    }

    fn new(content_type: &'static str, kept: HeaderValue, forms: Vec<Form>) -> Self {
        Self { content_type: HeaderValue::from_static(content_type), kept, forms }
    }

    /// Answers with the page, or with its being what the browser has already.
    pub(crate) fn answer(&self, head: &Head) -> Result<Response, Rejection> {
        const ALLOW: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
        match head.method {
            Method::GET | Method::HEAD => {}
            Method::OPTIONS => return Ok((StatusCode::NO_CONTENT, [(header::ALLOW, ALLOW)]).into_response()),
            _ => return Err(Rejection::Method(ALLOW)),
        }
        let form = form::choose(&self.forms, &head.headers);
        let known = head.headers.get_all(header::IF_NONE_MATCH).iter().any(|etag| *etag == form.etag);
        let mut response =
            Response::new(if known { Body::empty() } else { Body::from(form.content.clone()) });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        headers.insert(header::ETAG, form.etag.clone());
        headers.insert(header::CACHE_CONTROL, self.kept.clone());
        if let Some(encoding) = form.encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if self.forms.len() > 1 {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        Ok(response)
    }
}
