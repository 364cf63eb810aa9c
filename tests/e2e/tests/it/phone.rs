//! A real browser with the screen of a phone.

use std::{
    fs,
    io::{BufRead, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, error::CmdError};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

const DRIVER: &str = "chromedriver";
const BROWSER: &str = "/usr/bin/chromium";

/// A thumb's width in CSS pixels, as the guidelines for touch screens have it.
const THUMB: f64 = 44.0;

/// No call but to what the test opens.
const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Somebody else may have taken a port, hardly five times in a row.
const PORTS_TO_TRY: u32 = 5;

/// How many pages may give way to the next, hardly more than one, while an element is waited for.
const PAGES_TO_PASS: u32 = 3;

/// What a person sees of a page.
const LOOK: &str = "
    const style = element => getComputedStyle(element);
    const thumbs = [...document.querySelectorAll('button, input:not([type=hidden])')];
    return {
        overflow: document.documentElement.scrollWidth - window.innerWidth,
        font: Math.min(...[...document.querySelectorAll('p, li')].map(it => parseFloat(style(it).fontSize))),
        thumb: Math.min(...thumbs.map(it => it.getBoundingClientRect().height), 1000),
    }";

pub(crate) struct Phone {
    driver: Child,
    port: u16,
    client: Client,
    _profile: TempDir,
}

impl Phone {
    pub(crate) async fn start() -> Self {
        let (driver, port) = start_driver();
        let profile = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> = ARGUMENTS.iter().map(|it| (*it).to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let screen = json!({"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2.0, "touch": true}});
        let options = json!({"binary": BROWSER, "args": arguments, "mobileEmulation": screen});
        let mut wanted = serde_json::Map::new();
        wanted.insert("goog:chromeOptions".to_owned(), options);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(wanted).connect(&format!("http://127.0.0.1:{port}")).await.unwrap();
        Self { driver, port, client, _profile: profile }
    }

    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn enter(&self, field: &str, text: &str) {
        self.find(&format!("[name={field}]")).await.send_keys(text).await.unwrap();
    }

    pub(crate) async fn press(&self, button: &str) {
        self.find(button).await.click().await.unwrap();
    }

    async fn find(&self, selector: &str) -> Element {
        self.wait_for(Locator::Css(selector)).await.unwrap()
    }

    /// Waits for an element. While one page gives way to the next the browser may say anything, so it is asked again.
    async fn wait_for(&self, locator: Locator<'_>) -> Result<Element, CmdError> {
        let mut found = self.client.wait().for_element(locator).await;
        for _ in 0..PAGES_TO_PASS {
            if found.is_ok() {
                break;
            }
            found = self.client.wait().for_element(locator).await;
        }
        found
    }

    /// Waits until a page with that heading is there, keeps a picture of it, and checks that a person can read and press it.
    pub(crate) async fn reads(&self, heading: &str, picture: &str) {
        let found = format!("//h1[normalize-space()='{heading}']");
        let seen = self.wait_for(Locator::XPath(&found)).await;
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screens");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{picture}.png")), self.client.screenshot().await.unwrap()).unwrap();
        assert!(seen.is_ok(), "{picture} shows {}", self.client.source().await.unwrap());
        let look = self.client.execute(LOOK, Vec::new()).await.unwrap();
        let number = |name: &str| look[name].as_f64().unwrap_or_default();
        assert!(number("overflow") <= 0.0, "{picture} is wider than the screen: {look}");
        assert!(number("font") >= 15.0, "{picture} is too small to read: {look}");
        assert!(number("thumb") >= THUMB, "{picture} has something too small to press: {look}");
    }
}

/// Starts the driver. It wants one port of both kinds of loopback address, and ends where somebody has the other one.
fn start_driver() -> (Child, u16) {
    let missing = "chromium and chromium-driver are needed; on Debian: apt-get install chromium chromium-driver";
    for _ in 0..PORTS_TO_TRY {
        let mut driver = Command::new(DRIVER).arg("--port=0").stdout(Stdio::piped()).spawn().expect(missing);
        if let Some(port) = port_of(&mut driver) {
            return (driver, port);
        }
        driver.wait().unwrap();
    }
    panic!("the driver found none of {PORTS_TO_TRY} ports free");
}

/// The port that the driver took, unless it ended.
fn port_of(driver: &mut Child) -> Option<u16> {
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let told = lines.map_while(Result::ok).find(|line| line.contains("started successfully on port"))?;
    told.trim_end_matches('.').rsplit(' ').next().unwrap().parse().ok()
}

impl Drop for Phone {
    /// The driver takes its browser with it if it is asked to end, and not if it is killed.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            let _ = stream.read_to_end(&mut Vec::new());
        }
        let _ = self.driver.wait();
    }
}
