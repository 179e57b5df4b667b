//! Suspending a partner and letting it go on: says what stops before it stops.

use crate::error::AppError;
use crate::pages::admin::feedback::after;
use crate::ui::{Card, Check, Note, Refused, Submit, Tone, format};
use domain::account::{Partner, PartnerStatus};
use leptos::prelude::*;
use uuid::Uuid;

/// Every key of the partner answers 403 from now on; the tick says that this was meant.
#[server(SuspendPartner)]
pub async fn suspend_partner(id: Uuid, #[server(default)] confirmed: bool) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if !confirmed {
        return Err(AppError::invalid("confirmed", "Tick the box first: live applications stop working."));
    }
    if !crate::portal::store()?.suspend_partner(id, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    Ok(())
}

/// Its keys work again.
#[server(ResumePartner)]
pub async fn resume_partner(id: Uuid) -> Result<(), AppError> {
    use crate::session::server::{now, require_admin};
    let by = domain::event::By::person(&require_admin().await?.person);
    if !crate::portal::store()?.resume_partner(id, &by, now()).await? {
        return Err(AppError::NotFound.raise());
    }
    Ok(())
}

#[component]
pub fn StandingCard(partner: Partner, working: usize, changed: Callback<()>) -> impl IntoView {
    let (suspend, resume) = (ServerAction::<SuspendPartner>::new(), ServerAction::<ResumePartner>::new());
    after(suspend, changed, |()| "Suspended. Its keys are refused from now on.".to_owned());
    after(resume, changed, |()| "Its keys work again.".to_owned());
    let (id, name) = (partner.id.to_string(), partner.name);
    if partner.status == PartnerStatus::Suspended {
        return view! {
            <Card title="Suspended" class="stack">
                <p class="sm">{format!("Every call of {name} is answered with 403. Its members can still sign in and see their bills.")}</p>
                <ActionForm action=resume attr:class="row wrap">
                    <input type="hidden" name="id" value=id/>
                    <Refused action=resume fields=&[]/>
                    <Submit pending=resume.pending() label=format!("Resume {name}") busy="Resuming…"/>
                </ActionForm>
            </Card>
        }
        .into_any();
    }
    let stops = format!(
        "Its {} stop within a second, live and test, and every call is answered with 403.",
        format::count(working as i64, "working key")
    );
    view! {
        <Card title="Suspend" class="stack">
            <Note tone=Tone::Warn><span>{stops}" Plans and invoices stay as they are, and the keys work again when you resume."</span></Note>
            <ActionForm action=suspend attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Check label=format!("Stop every application of {name}") name="confirmed"/>
                <Refused action=suspend fields=&[]/>
                <div><Submit class="danger" pending=suspend.pending() label=format!("Suspend {name}") busy="Suspending…"/></div>
            </ActionForm>
        </Card>
    }
    .into_any()
}
