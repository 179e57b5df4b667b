//! Calls as real applications make them: busy on working days, quiet at night, growing, with one bad morning.

use super::dice::Dice;
use super::habits::{self, Habit};
use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use domain::key::Environment;
use domain::usage::{Call, Outcome, Source};
use std::time::Duration;
use uuid::Uuid;

/// One application that calls one product with one key.
#[derive(Debug, Clone)]
pub struct Stream {
    pub partner: Uuid,
    pub key: Uuid,
    pub environment: Environment,
    pub source: Source,
    pub product: &'static str,
    /// Calls on an ordinary working day at the end of the history.
    pub daily: f64,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Every call is refused with this status: a key that somebody forgot to take out of a program.
    pub refusal: Option<u16>,
}

/// A few hours in which a product's upstream failed often.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    pub product: &'static str,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// The stretch of time that the demo tells of.
#[derive(Debug, Clone, Copy)]
pub struct History {
    pub start: DateTime<Utc>,
    pub now: DateTime<Utc>,
    pub outage: Outage,
}

/// Traffic at the start of a history, as a share of that at its end.
const FIRST_DAY: f64 = 0.68;
/// Of the calls in an outage, how many fail.
const FAILING: f64 = 0.38;
/// How far latencies spread around their median, as the sigma of a log-normal.
const SPREAD: f64 = 0.42;

impl History {
    /// The 60 days up to `now`, with an outage on the last Friday morning but at least two days ago.
    pub fn before(now: DateTime<Utc>) -> Self {
        let bad_day = (2..9).map(|days| now - TimeDelta::days(days)).find(|day| day.weekday() == Weekday::Fri).unwrap_or(now);
        let morning = midnight(bad_day) + TimeDelta::hours(8);
        let outage = Outage { product: "rates", from: morning, to: morning + TimeDelta::hours(3) };
        Self { start: midnight(now - TimeDelta::days(60)), now, outage }
    }

    /// Traffic at a moment, as a share of that at the end.
    fn growth(&self, at: DateTime<Utc>) -> f64 {
        let passed = (at - self.start).num_minutes() as f64 / (self.now - self.start).num_minutes() as f64;
        FIRST_DAY + (1.0 - FIRST_DAY) * passed.clamp(0.0, 1.0)
    }

    fn fails(&self, product: &str, at: DateTime<Utc>, dice: &mut Dice) -> bool {
        let Outage { product: hit, from, to } = self.outage;
        dice.chance(if product == hit && (from..to).contains(&at) { FAILING } else { 0.002 })
    }
}

/// The start of the day that holds `at`, in UTC.
pub fn midnight(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc()
}

/// A weekday's traffic, as a share of an ordinary working day's.
fn weekday_share(day: Weekday) -> f64 {
    match day {
        Weekday::Mon => 1.06,
        Weekday::Tue => 1.04,
        Weekday::Wed => 1.0,
        Weekday::Thu => 1.01,
        Weekday::Fri => 0.89,
        Weekday::Sat => 0.36,
        Weekday::Sun => 0.24,
    }
}

/// An hour's share of its day: two humps around lunch, a trickle at night. The 24 add up to 1.
fn hour_share(hour: u32) -> f64 {
    const PER_THOUSAND: [u16; 24] = [12, 9, 8, 8, 11, 19, 34, 56, 78, 88, 86, 72, 60, 68, 82, 80, 68, 50, 34, 24, 18, 14, 11, 10];
    f64::from(PER_THOUSAND[(hour % 24) as usize]) / 1000.0
}

impl Stream {
    /// The calls of this stream in the day that starts at `day`, oldest first and none after `history.now`.
    pub fn day(&self, day: DateTime<Utc>, history: &History, dice: &mut Dice) -> Vec<Call> {
        let mood = 1.0 + dice.normal() * 0.05;
        let mean = self.daily * weekday_share(day.weekday()) * history.growth(day) * mood;
        let mut calls: Vec<_> = (0..24)
            .flat_map(|hour| {
                let start = day + TimeDelta::hours(hour.into());
                let moments: Vec<_> = (0..dice.count(mean * hour_share(hour)))
                    .map(|_| start + TimeDelta::microseconds((dice.unit() * 3.6e9) as i64))
                    .collect();
                moments
            })
            .filter(|at| (self.from..self.to).contains(at) && *at <= history.now)
            .collect();
        calls.sort_unstable();
        calls.into_iter().filter_map(|at| self.call(at, history, dice)).collect()
    }

    fn call(&self, at: DateTime<Utc>, history: &History, dice: &mut Dice) -> Option<Call> {
        let habit = dice.pick(habits::of(self.product), |habit| habit.weight)?;
        let (status, outcome, latency) = self.answer(habit, at, history, dice);
        Some(Call {
            id: dice.id_at(at.timestamp_millis().unsigned_abs()),
            at,
            partner_id: self.partner,
            product_id: self.product.to_owned(),
            key_id: self.key,
            environment: self.environment,
            source: self.source,
            method: habit.method.to_owned(),
            path: habit.path(dice),
            operation: habit.operation.to_owned(),
            status,
            outcome,
            latency,
            bytes_in: if habit.method == "GET" { 0 } else { 180 + dice.roll() % 700 },
            bytes_out: if outcome == Outcome::Success && status < 400 { 320 + dice.roll() % 2_400 } else { 214 },
        })
    }

    fn answer(&self, habit: &Habit, at: DateTime<Utc>, history: &History, dice: &mut Dice) -> (u16, Outcome, Duration) {
        let refused = |status, dice: &mut Dice| (status, Outcome::Refused, millis(0.4 + dice.unit()));
        if let Some(status) = self.refusal {
            return refused(status, dice);
        }
        if self.environment == Environment::Test {
            let status = if dice.chance(0.08) { 422 } else { habit.status };
            return (status, Outcome::Success, millis(latency(4.0, dice)));
        }
        if dice.chance(0.0015) {
            return refused(429, dice);
        }
        if history.fails(self.product, at, dice) {
            return (502, Outcome::Error, millis(3_000.0 + dice.unit() * 40.0));
        }
        let status = if dice.chance(f64::from(habit.mistakes) / 1000.0) { habit.mistake } else { habit.status };
        (status, Outcome::Success, millis(latency(habit.median_ms.into(), dice)))
    }
}

/// A latency around its median in milliseconds; one in fifty waited for something.
fn latency(median_ms: f64, dice: &mut Dice) -> f64 {
    let waited = if dice.chance(0.02) { 3.0 + dice.unit() * 5.0 } else { 1.0 };
    median_ms * waited * (dice.normal() * SPREAD).exp()
}

fn millis(ms: f64) -> Duration {
    Duration::from_micros((ms * 1000.0) as u64)
}

#[cfg(test)]
#[path = "traffic_tests.rs"]
mod tests;
