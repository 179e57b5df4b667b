//! Whom each server function is for. A new function fails the isolation tests until it is named here.

use domain::access::Action;

/// Who may call a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, signed in or not.
    Everybody,
    /// Whoever is signed in, about themselves.
    Person,
    /// Members whose role allows this.
    Partner(Action),
    /// Platform admins.
    Admin,
}

use Audience::{Admin, Everybody, Partner, Person};

/// Every server function by the name of its Rust function.
pub const AUDIENCES: &[(&str, Audience)] = &[
    // Every page.
    ("site_brand", Everybody),
    ("whoami", Everybody),
    ("sign_out", Everybody),
    ("set_theme", Everybody),
    ("switch_partner", Person),
    ("flashed_key", Partner(Action::ManageKeys)),
    // account
    ("confirm", Everybody),
    ("first_admin", Everybody),
    ("forgot", Everybody),
    ("join", Person),
    ("join_as_new", Everybody),
    ("load_confirmation", Everybody),
    ("load_offer", Everybody),
    ("load_reset", Everybody),
    ("reset", Everybody),
    ("sign_in", Everybody),
    ("sign_up", Everybody),
    // catalogue
    ("find_products", Everybody),
    ("keep_subscription", Partner(Action::ManagePlans)),
    ("load_about", Everybody),
    ("load_bench", Everybody),
    ("load_measured", Everybody),
    ("load_opening", Everybody),
    ("load_operation", Everybody),
    ("load_outline", Everybody),
    ("load_problem", Everybody),
    ("load_product_head", Everybody),
    ("load_schema", Everybody),
    ("make_console_key", Partner(Action::ManageKeys)),
    ("newest_changes", Everybody),
    ("price_list", Everybody),
    ("product_changes", Everybody),
    ("search_index", Everybody),
    ("subscribe_to", Partner(Action::ManagePlans)),
    // dashboard
    ("callable_products", Partner(Action::ReadPartner)),
    ("cancel_invitation", Partner(Action::ManageTeam)),
    ("cancel_subscription", Partner(Action::ManagePlans)),
    ("change_address", Person),
    ("change_password", Person),
    ("change_plan", Partner(Action::ManagePlans)),
    ("create_key", Partner(Action::ManageKeys)),
    ("end_other_sessions", Person),
    ("end_session", Person),
    ("invite", Partner(Action::ManageTeam)),
    ("load_billing", Partner(Action::ReadPartner)),
    ("load_board", Partner(Action::ReadPartner)),
    ("load_invoice", Partner(Action::ReadPartner)),
    ("load_key", Partner(Action::ReadPartner)),
    ("load_keys", Partner(Action::ReadPartner)),
    ("load_offered", Partner(Action::ReadPartner)),
    ("load_requests", Partner(Action::ReadPartner)),
    ("load_sessions", Person),
    ("load_team", Partner(Action::ReadPartner)),
    ("load_usage", Partner(Action::ReadPartner)),
    ("load_waiting", Partner(Action::ReadPartner)),
    // Leaving is everybody's own; removing somebody else takes a role. The one in the form is nobody.
    ("remove_member", Partner(Action::ManageTeam)),
    ("rename_partner", Partner(Action::ManagePartner)),
    ("rename_person", Person),
    ("resend_confirmation", Person),
    ("revoke_key", Partner(Action::ManageKeys)),
    ("rotate_key", Partner(Action::ManageKeys)),
    ("save_key", Partner(Action::ManageKeys)),
    ("set_role", Partner(Action::ManageTeam)),
    // admin
    ("archive_plan", Admin),
    ("create_product", Admin),
    ("create_token", Admin),
    ("fetch_document", Admin),
    ("load_admin_board", Admin),
    ("load_audit_log", Admin),
    ("load_branding", Admin),
    ("load_documents", Admin),
    ("load_gateway", Admin),
    ("load_outbox", Admin),
    ("load_partner", Admin),
    ("load_partners", Admin),
    ("load_plans", Admin),
    ("load_product", Admin),
    ("load_products", Admin),
    ("load_publishing", Admin),
    ("load_revenue", Admin),
    ("load_upstream", Admin),
    ("load_viewers", Admin),
    ("offer_plan", Admin),
    ("publish_document", Admin),
    ("resume_partner", Admin),
    ("revoke_token", Admin),
    ("save_allowance", Admin),
    ("save_branding", Admin),
    ("save_product", Admin),
    ("save_upstream", Admin),
    ("set_spec_url", Admin),
    ("set_status", Admin),
    ("set_viewers", Admin),
    ("suspend_partner", Admin),
    ("take_fresh_token", Admin),
];
