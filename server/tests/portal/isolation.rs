//! Every server function, called signed out, in every role, by an admin, and by somebody of another partner.
//!
//! One form has a value for every argument that any function takes, so that each gets as far as asking who calls.

use crate::audiences::{AUDIENCES, Audience};
use crate::databases::both;
use crate::house::{Answer, SITE, TestHouse, by};
use crate::security::server_functions;
use axum::body::Body;
use axum::http::{Method, Request};
use chrono::Utc;
use domain::access::{Action, role_may};
use domain::account::Role;
use domain::key::Environment;
use store::{SignUp, Store, Visitor};
use uuid::Uuid;

/// Names that only one partner's own people may read.
const MARK: &str = "Quietwater";
const PASSWORD: &str = "correct horse battery";

/// A server function as it is called.
struct Function {
    path: &'static str,
    method: Method,
    name: &'static str,
    audience: Audience,
}

fn functions() -> Vec<Function> {
    let named = |(path, method): (&'static str, Method)| {
        let name = path.trim_start_matches("/api/").trim_end_matches(|c: char| c.is_ascii_digit());
        let found = AUDIENCES.iter().find(|(known, _)| *known == name);
        let (_, audience) = found.unwrap_or_else(|| panic!("name the server function `{name}` in audiences.rs: whom is it for?"));
        Function { path, method, name, audience: *audience }
    };
    let mut functions: Vec<_> = server_functions().into_iter().map(named).collect();
    functions.sort_by_key(|function| function.name);
    assert!(functions.len() > 50, "the server functions are not linked into this test: {}", functions.len());
    functions
}

/// A value for every argument; `id` stands for whatever is asked about.
fn form(name: &str, id: Uuid) -> String {
    // Where two functions give one name to different things.
    let own = match name {
        "save_product" | "create_product" => {
            "product[id]=parcels&product[name]=X&product[category]=data&product[visibility]=public&product[base_url]=http://x.example"
                .to_owned()
        }
        "offer_plan" => {
            "product=parcels&plan[slug]=x&plan[name]=X&plan[currency]=usd&plan[price]=1&plan[included]=1&plan[rate_per_second]=1".to_owned()
        }
        "find_products" => "search[words]=x".to_owned(),
        _ => format!("product=parcels&plan={id}&search={MARK}"),
    };
    // Deprecated is what a stranger could do most harm with.
    format!(
        "{own}&id={id}&subscription={id}&person={id}&partner={id}&before={id}&partners[0]={id}&token=x&name=Renamed&email=x@y.example\
         &password=another+horse+battery&current=correct+horse+battery&organisation=Renamed&role=viewer&environment=live&scope=all\
         &overlap_hours=1&addresses=&next=/&operation=getParcel&page=1&range=Week&filter[limit]=10&theme=dark&status=deprecated&confirmed=true\
         &document=x&spec_url=http://x.example&branding[name]=X&branding[headline]=X&branding[sentence]=X&allowance=1\
         &upstream[timeout_ms]=1000&upstream[max_request_kib]=1&upstream[max_response_kib]=1&upstream[socket_metering]=connection"
    )
}

async fn call(house: &TestHouse, function: &Function, cookie: Option<&str>, id: Uuid) -> Answer {
    let form = form(function.name, id);
    let request = Request::builder().method(&function.method).header("origin", SITE);
    let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", format!("session={cookie}")));
    let request = if function.method == Method::GET {
        request.uri(format!("{}?{form}", function.path)).body(Body::empty())
    } else {
        request.uri(function.path).header("content-type", "application/x-www-form-urlencoded").body(Body::from(form))
    };
    let answer = house.send(request.unwrap()).await;
    assert!(!answer.text.contains("could not be read"), "{} has an argument that the form lacks: {}", function.name, answer.text);
    answer
}

fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 401 | 403)
}

#[tokio::test]
async fn signed_out_nobody_gets_past_what_is_for_everybody() {
    both(async |store| {
        let house = house(&store).await;
        for function in functions() {
            let status = call(&house, &function, None, Uuid::new_v4()).await.status.as_u16();
            if function.audience == Audience::Everybody {
                assert!(!matches!(status, 403 | 500), "{}: {status}", function.name);
            } else {
                assert_eq!(status, 401, "{}", function.name);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn each_role_may_do_what_it_may_do() {
    both(async |store| {
        let house = house(&store).await;
        for role in Role::ALL {
            for function in functions() {
                // A fresh person each time: some functions end sessions or change passwords.
                let (_, cookie) = member(&store, "Bystreet", role).await;
                let answer = call(&house, &function, Some(&cookie), Uuid::new_v4()).await;
                let allowed = match function.audience {
                    Audience::Everybody | Audience::Person => true,
                    Audience::Partner(action) => role_may(role, action),
                    Audience::Admin => role_may(role, Action::Administer),
                };
                assert_ne!(answer.status.as_u16(), 401, "{} as {role:?}", function.name);
                assert_eq!(answer.status != 403, allowed, "{} as {role:?}: {}", function.name, answer.text);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_admin_administers_and_acts_for_nobody() {
    both(async |store| {
        let house = house(&store).await;
        for function in functions() {
            let email = format!("{}@portal.example", Uuid::new_v4().simple());
            let admin = store.create_admin(&email, PASSWORD, "Admin", Utc::now()).await.unwrap();
            let cookie = store.start_session(admin.id, &Visitor::default(), Utc::now()).await.unwrap();
            let answer = call(&house, &function, Some(cookie.reveal()), Uuid::new_v4()).await;
            let allowed = !matches!(function.audience, Audience::Partner(_));
            assert_eq!(!is_refused(&answer), allowed, "{}: {} {}", function.name, answer.status, answer.text);
        }
    })
    .await;
}

#[tokio::test]
async fn another_partner_s_owner_learns_nothing_and_changes_nothing() {
    both(async |store| {
        let house = house(&store).await;
        let (owner, cookie) = member(&store, MARK, Role::Owner).await;
        let theirs = belongings(&store, owner, &cookie).await;
        let before = state(&store, theirs.partner, &cookie).await;
        assert!(before.contains(MARK), "{before}");
        for function in functions().into_iter().filter(|function| function.audience != Audience::Admin) {
            for id in &theirs.ids {
                let (_, stranger) = member(&store, "Bystreet", Role::Owner).await;
                let answer = call(&house, &function, Some(&stranger), *id).await;
                assert!(!answer.text.contains(MARK), "{} tells a stranger: {}", function.name, answer.text);
            }
        }
        assert_eq!(state(&store, theirs.partner, &cookie).await, before);
    })
    .await;
}

async fn house(store: &Store) -> TestHouse {
    let house = TestHouse::open(store);
    house.product("internal:demo").await;
    house
}

/// Somebody in this role at a partner of their own, and their session.
async fn member(store: &Store, organisation: &str, role: Role) -> (Uuid, String) {
    let email = format!("{}@{}.example", Uuid::new_v4().simple(), organisation.to_lowercase());
    let form = SignUp { email: email.clone(), password: PASSWORD.to_owned(), organisation: organisation.to_owned(), name: None };
    let (person, _) = store.sign_up(form, SITE, Utc::now()).await.unwrap();
    let mail = store.outbox(1).await.unwrap().remove(0);
    let token = mail.body.split("token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    store.confirm_address(&token, Utc::now()).await.unwrap().unwrap();
    let cookie = store.start_session(person.id, &Visitor::default(), Utc::now()).await.unwrap();
    if role != Role::Owner {
        demote(store, cookie.reveal(), role).await;
    }
    (person.id, cookie.reveal().to_owned())
}

/// Gives the partner a second owner, who changes the first one's role.
async fn demote(store: &Store, cookie: &str, role: Role) {
    let actor = store.actor(cookie, Utc::now()).await.unwrap().unwrap();
    let partner = actor.membership.as_ref().unwrap().partner.id;
    let email = format!("{}@bystreet.example", Uuid::new_v4().simple());
    store.invite(&actor, partner, &email, Role::Owner, SITE, Utc::now()).await.unwrap();
    let mail = store.outbox(1).await.unwrap().remove(0);
    let token = mail.body.split("token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let second = store.accept_invitation_as_new(&token, "Second", PASSWORD, Utc::now()).await.unwrap().unwrap();
    let session = store.start_session(second.id, &Visitor::default(), Utc::now()).await.unwrap();
    let second = store.actor(session.reveal(), Utc::now()).await.unwrap().unwrap();
    store.set_role(&second, partner, actor.person.id, role, Utc::now()).await.unwrap();
}

/// A partner and the ids of what is theirs.
struct Belongings {
    partner: Uuid,
    ids: Vec<Uuid>,
}

async fn belongings(store: &Store, owner: Uuid, cookie: &str) -> Belongings {
    let actor = store.actor(cookie, Utc::now()).await.unwrap().unwrap();
    let partner = actor.membership.as_ref().unwrap().partner.id;
    let new = store::NewKey::new(format!("{MARK} key"), Environment::Test);
    let key = store.create_key(partner, new, true, &by(), Utc::now()).await.unwrap();
    let plan = store.plans("parcels").await.unwrap().remove(1);
    let subscription = store.subscribe(partner, "parcels", plan.id, &by(), Utc::now()).await.unwrap();
    store.invite(&actor, partner, &format!("guest@{MARK}.example"), Role::Viewer, SITE, Utc::now()).await.unwrap();
    let invitation = store.invitations(partner, Utc::now()).await.unwrap().remove(0);
    let (month, later) = (domain::period::Period::month_of(Utc::now()), domain::period::Period::month_of(Utc::now()).end);
    let invoice = store.close_period(month, later).await.unwrap().remove(0);
    Belongings { partner, ids: vec![owner, partner, key.key.id, subscription.id, invitation.id, invoice.id, actor.session_id] }
}

/// Everything of a partner, as text.
async fn state(store: &Store, partner: Uuid, cookie: &str) -> String {
    let now = Utc::now();
    let actor = store.actor(cookie, now).await.unwrap().unwrap();
    let sessions: Vec<_> = store.sessions(&actor, now).await.unwrap().into_iter().map(|session| session.id).collect();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {sessions:?} {:?}",
        store.partner(partner).await.unwrap(),
        store.keys(partner).await.unwrap(),
        store.subscriptions(partner).await.unwrap(),
        store.members(partner).await.unwrap(),
        store.invitations(partner, now).await.unwrap(),
        store.invoices(partner).await.unwrap(),
    )
}
