//! The texts of the mails: plain, short, and safe to receive without having asked for them.

/// A mail without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// Who writes: the brand of the instance, and where it lives.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// `Parcelry Developers`.
    name: String,
    /// The portal's base URL, without a slash at the end.
    site: String,
}

impl Sender {
    pub(crate) fn new(brand: &str, site: &str) -> Self {
        Self { name: format!("{brand} Developers"), site: site.trim_end_matches('/').to_owned() }
    }

    fn letter(&self, subject: String, body: &str) -> Letter {
        Letter { subject, body: format!("{body}\n\n{}\n{}\n", self.name, self.site) }
    }

    /// Asks for a click that proves the address.
    pub(crate) fn confirm(&self, token: &str) -> Letter {
        let body = format!(
            "Confirm this address to make live keys and invite colleagues:\n\n{}/confirm?token={token}\n\n\
             The link works once, for 2 days. If you did not sign up, leave it alone: without the click nobody can use your address.",
            self.site
        );
        self.letter(format!("Confirm your address for {}", self.name), &body)
    }

    /// To somebody who confirmed this address before.
    pub(crate) fn known(&self) -> Letter {
        let body = format!(
            "Somebody, most likely you, signed up with this address. You have an account already, and it has not changed.\n\n\
             Sign in: {0}/signin\nChoose a new password: {0}/forgot",
            self.site
        );
        self.letter(format!("You already have an account at {}", self.name), &body)
    }

    /// A link that sets a new password.
    pub(crate) fn reset(&self, token: &str) -> Letter {
        let body = format!(
            "Choose a new password:\n\n{}/reset?token={token}\n\n\
             The link works once, for 1 hour. If you did not ask for it, nothing has changed and you can leave it alone.",
            self.site
        );
        self.letter(format!("Choose a new password for {}", self.name), &body)
    }

    /// Asks for a click that proves the new address.
    pub(crate) fn change_address(&self, token: &str) -> Letter {
        let body = format!(
            "Confirm this address to sign in with it from now on:\n\n{}/confirm?token={token}\n\n\
             The link works once, for 2 days. Until then the address before stays. If you did not ask for it, leave it alone.",
            self.site
        );
        self.letter(format!("Confirm your new address for {}", self.name), &body)
    }

    /// To the address before, after a change.
    pub(crate) fn address_changed(&self, new: &str) -> Letter {
        let body = format!(
            "You sign in with {new} from now on; this address no longer works.\n\n\
             If that was not you, answer this mail at once."
        );
        self.letter(format!("Your address at {} has changed", self.name), &body)
    }

    /// After a new password was set.
    pub(crate) fn password_changed(&self) -> Letter {
        let body = format!(
            "Your password was changed, and every other browser was signed out.\n\n\
             If that was not you, choose a new one: {}/forgot",
            self.site
        );
        self.letter(format!("Your password at {} has changed", self.name), &body)
    }

    /// An invitation to a partner.
    pub(crate) fn invitation(&self, token: &str, inviter: &str, partner: &str, role: &str) -> Letter {
        let body = format!(
            "{inviter} invites you to {partner} as {role}.\n\nJoin: {}/join?token={token}\n\nThe link works once, for 7 days.",
            self.site
        );
        self.letter(format!("Join {partner} at {}", self.name), &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_point_into_the_site_whatever_its_slash() {
        for site in ["https://dev.example", "https://dev.example/"] {
            let letter = Sender::new("Parcelry", site).confirm("abc");
            assert!(letter.body.contains("\nhttps://dev.example/confirm?token=abc\n"), "{}", letter.body);
            assert_eq!(letter.subject, "Confirm your address for Parcelry Developers");
        }
    }
}
