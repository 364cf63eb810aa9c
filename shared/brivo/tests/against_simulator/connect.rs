//! An account is connected as a browser and the console would do it.

use brivo::{AccessToken, Application, BrivoError, Client, Hosts, TokenGrant, authorize_url, http_client};
use reqwest::{Url, header::LOCATION};
use simulators::brivo::Model;

use super::{CLIENT, KEY, SECRET, World};

const REDIRECT: &str = "https://console.example/callback";

impl World {
    fn hosts(&self) -> Hosts {
        Hosts { auth: self.brivo.auth_url().to_owned(), api: self.brivo.api_url().to_owned() }
    }

    fn client(&self) -> Client {
        Client::new(std::sync::Arc::new(http_client().unwrap()), self.hosts(), KEY.into())
    }

    /// Where the browser is sent after an administrator has logged in and consented.
    async fn consent(&self, client_id: &str, state: &str) -> Url {
        let furnish = |model: &mut Model, _| {
            model.set_redirect_uri(CLIENT, REDIRECT);
            model.add_administrator("admin7", "open sesame");
        };
        self.brivo.edit(furnish).unwrap();
        let http = http_client().unwrap();
        let page = authorize_url(&self.hosts(), client_id, state);
        assert_eq!(http.get(&page).send().await.unwrap().status(), 200);
        let login = [("client_id", client_id), ("state", state), ("username", "admin7"), ("password", "open sesame")];
        let asked = http.post(&page).form(&login).send().await.unwrap().text().await.unwrap();
        let question = asked.split_once(r#"name="consent" value=""#).unwrap().1.split('"').next().unwrap();
        let answer = http.post(&page).form(&[("consent", question), ("decision", "allow")]).send().await.unwrap();
        Url::parse(answer.headers()[LOCATION].to_str().unwrap()).unwrap()
    }

    async fn connect(&self, secret: &str, code: &str) -> Result<TokenGrant, BrivoError> {
        let application = Application { client_id: CLIENT.to_owned(), client_secret: secret.into() };
        self.client().connect(&application, &code.into(), REDIRECT).await
    }
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned()
}

#[tokio::test]
async fn a_consent_becomes_tokens_with_which_the_account_answers() {
    let world = World::new().await;

    let back = world.consent(CLIENT, "a state & more").await;
    let grant = world.connect(SECRET, &parameter(&back, "code")).await.unwrap();

    assert_eq!(parameter(&back, "state"), "a state & more");
    world.client().whoami(&AccessToken::new(grant.access)).await.unwrap();
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn a_code_is_good_once_and_a_made_up_one_never() {
    let world = World::new().await;
    let code = parameter(&world.consent(CLIENT, "s").await, "code");

    world.connect(SECRET, &code).await.unwrap();

    assert!(matches!(world.connect(SECRET, &code).await, Err(BrivoError::CodeRefused)));
    assert!(matches!(world.connect(SECRET, "made up").await, Err(BrivoError::CodeRefused)));
}

#[tokio::test]
async fn a_wrong_secret_is_told_apart_from_a_wrong_code() {
    let world = World::new().await;
    let code = parameter(&world.consent(CLIENT, "s").await, "code");

    assert!(matches!(world.connect("not-the-secret", &code).await, Err(BrivoError::BadApplication)));
}
