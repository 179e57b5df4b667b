//! The texts of the mails: plain, short, and safe to receive without having asked for them.

/// A mail without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// Who writes, as the reader knows them: `Parcelry Developers`.
#[derive(Debug, Clone)]
pub(crate) struct Sender(String);

impl Sender {
    pub(crate) fn new(brand: &str) -> Self {
        Self(format!("{brand} Developers"))
    }

    fn letter(&self, subject: String, body: &str) -> Letter {
        Letter { subject, body: format!("{body}\n\n{}\n", self.0) }
    }

    /// Asks for a click that proves the address.
    pub(crate) fn confirm(&self, site: &str, token: &str) -> Letter {
        let link = link(site, "confirm", token);
        let body = format!(
            "Confirm this address to make live keys and invite colleagues:\n\n{link}\n\n\
             The link works once, for 2 days. If you did not sign up, leave it alone: without the click nobody can use your address."
        );
        self.letter(format!("Confirm your address for {}", self.0), &body)
    }

    /// To somebody who confirmed this address before.
    pub(crate) fn known(&self, site: &str) -> Letter {
        let site = site.trim_end_matches('/');
        let body = format!(
            "Somebody, most likely you, used this address for a new account. You have one already, and it has not changed.\n\n\
             Sign in, or choose a new password there:\n\n{site}/sign-in"
        );
        self.letter(format!("You already have an account at {}", self.0), &body)
    }

    /// A link that sets a new password.
    pub(crate) fn reset(&self, site: &str, token: &str) -> Letter {
        let link = link(site, "reset", token);
        let body = format!(
            "Choose a new password:\n\n{link}\n\n\
             The link works once, for 1 hour. If you did not ask for it, leave it alone: nothing has changed."
        );
        self.letter(format!("Choose a new password for {}", self.0), &body)
    }

    /// Asks for a click that proves the new address.
    pub(crate) fn change_address(&self, site: &str, token: &str) -> Letter {
        let link = link(site, "confirm", token);
        let body = format!(
            "Confirm this address to sign in with it from now on:\n\n{link}\n\n\
             The link works once, for 2 days. Until then the address before stays. If you did not ask for it, leave it alone."
        );
        self.letter(format!("Confirm your new address for {}", self.0), &body)
    }

    /// To the address before, after a change.
    pub(crate) fn address_changed(&self, new: &str) -> Letter {
        let body =
            format!("You sign in with {new} from now on; this address no longer works.\n\nIf that was not you, answer this mail at once.");
        self.letter(format!("Your address at {} has changed", self.0), &body)
    }

    /// After a new password was set.
    pub(crate) fn password_changed(&self) -> Letter {
        let body = "Your password was changed, and your other browsers were signed out.\n\n\
             If that was not you, choose a new one at once: \"Forgot your password?\" on the sign-in page.";
        self.letter(format!("Your password at {} has changed", self.0), body)
    }

    /// An invitation to a partner.
    pub(crate) fn invitation(&self, site: &str, token: &str, inviter: &str, partner: &str, role: &str) -> Letter {
        let link = link(site, "join", token);
        let body =
            format!("{inviter} invites you to {partner}, with the role {role}.\n\nJoin:\n\n{link}\n\nThe link works once, for 7 days.");
        self.letter(format!("Join {partner} at {}", self.0), &body)
    }
}

fn link(site: &str, page: &str, token: &str) -> String {
    format!("{}/{page}?token={token}", site.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_point_into_the_site_whatever_its_slash() {
        for site in ["https://dev.example", "https://dev.example/"] {
            let letter = Sender::new("Parcelry").confirm(site, "abc");
            assert!(letter.body.contains("\nhttps://dev.example/confirm?token=abc\n"), "{}", letter.body);
            assert_eq!(letter.subject, "Confirm your address for Parcelry Developers");
        }
    }
}
