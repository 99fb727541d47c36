//! The console: what `npm run build` left in `gateway/console/dist` when the gateway was compiled.

use super::{CHECKED, HTML, KEPT, Page, SCRIPT, STYLE, form::Form};
use http::HeaderValue;
use rust_embed::Embed;
use std::borrow::Cow;

/// The files of the console. None where it was not built.
#[derive(Embed)]
#[folder = "console/dist"]
#[allow_missing = true]
struct Dist;

/// How files are compressed at build, the ending that says so, and the name for it, from the longest to the shortest.
const COMPRESSED: [(&str, &str); 2] = [(".gz", "gzip"), (".br", "br")];

/// What stands in its place where it was not built.
const UNBUILT: &str = include_str!("../../docs/unbuilt.html");

/// Every file with its path. The start page is at `/`.
pub(super) fn files() -> impl Iterator<Item = (Cow<'static, str>, Page)> {
    let files = Dist::iter().filter_map(|name| {
        let kind = content_type(&name)?;
        let path = if name == "index.html" { "/".into() } else { format!("/{name}").into() };
        Some((path, Page::new(kind, kept(&name), forms(&name))))
    });
    let unbuilt = Dist::get("index.html").is_none();
    let instead = unbuilt.then(|| ("/".into(), Page::plain(HTML, UNBUILT.as_bytes().into())));
    files.chain(instead)
}

fn forms(name: &str) -> Vec<Form> {
    let plain = Dist::get(name).map(|file| Form::new(None, file.data));
    let compressed = COMPRESSED.into_iter().filter_map(|(ending, encoding)| {
        Some(Form::new(Some(encoding), Dist::get(&format!("{name}{ending}"))?.data))
    });
    plain.into_iter().chain(compressed).collect()
}

/// Files in `assets` have a hash of their content in their names.
fn kept(name: &str) -> HeaderValue {
    if name.starts_with("assets/") { KEPT } else { CHECKED }
}

/// The type of a file by the ending of its name. None for those that are only forms of others.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => HTML,
        "js" => SCRIPT,
        "css" => STYLE,
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => return None,
    })
}
