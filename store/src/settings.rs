//! What an instance calls itself.

use crate::{Result, Store};
use chrono::{DateTime, Utc};
use domain::event::By;
use domain::settings::Branding;

impl Store {
    pub async fn branding(&self) -> Result<Branding> {
        todo!()
    }
    pub async fn set_branding(&self, branding: &Branding, by: &By, now: DateTime<Utc>) -> Result<()> {
        todo!()
    }
}
