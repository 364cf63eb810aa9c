//! A browser without a screen: opens pages, follows redirects, sends forms.

use std::collections::BTreeMap;

use reqwest::{Client, Response};

/// A page as it came.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) url: String,
    pub(crate) html: String,
}

pub(crate) struct Browser(Client);

impl Browser {
    pub(crate) fn new() -> Self {
        Self(Client::builder().no_proxy().build().unwrap())
    }

    pub(crate) async fn open(&self, url: &str) -> Page {
        Page::of(self.0.get(url).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, url: &str, body: &'static str) -> Page {
        let post = self.0.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        Page::of(post.send().await.unwrap()).await
    }

    /// Sends the page's only form with what a person enters and presses.
    pub(crate) async fn send(&self, page: &Page, entered: &[(&str, &str)]) -> Page {
        let form = page.html.split_once("<form").unwrap().1;
        let (head, form) = form.split_once('>').unwrap();
        let action = attribute(head, "action").map(|action| page.join(&action));
        let inputs = form.split("<input").skip(1).map(|input| input.split_once('>').unwrap().0);
        let unseen = inputs.filter(|input| attribute(input, "type").as_deref() == Some("hidden"));
        let mut fields: BTreeMap<String, String> =
            unseen.map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap())).collect();
        fields.extend(entered.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Page::of(self.0.post(action.unwrap_or(page.url.clone())).form(&fields).send().await.unwrap()).await
    }
}

impl Page {
    async fn of(response: Response) -> Self {
        let (status, url) = (response.status().as_u16(), response.url().to_string());
        Self { status, url, html: response.text().await.unwrap() }
    }

    fn join(&self, action: &str) -> String {
        reqwest::Url::parse(&self.url).unwrap().join(action).unwrap().to_string()
    }

    pub(crate) fn title(&self) -> &str {
        self.html.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0
    }
}

/// The value of an attribute in the text of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
