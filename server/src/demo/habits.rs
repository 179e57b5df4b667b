//! What applications call: for each product the operations, how often each, and how long it takes.

use super::dice::Dice;

/// One operation as an application uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habit {
    pub operation: &'static str,
    pub method: &'static str,
    /// A concrete path; each `#` stands for a digit that differs from call to call.
    pub path: &'static str,
    /// How often, beside the others of its product.
    pub weight: u32,
    /// What half of its calls stay below.
    pub median_ms: u32,
    /// Of 1000 answers, how many are `mistake`.
    pub mistakes: u32,
    /// What the upstream answers when the caller is wrong.
    pub mistake: u16,
    /// What it answers otherwise.
    pub status: u16,
}

/// Reads one thing, which may not be there.
const fn get(operation: &'static str, path: &'static str, weight: u32, median_ms: u32) -> Habit {
    Habit { operation, method: "GET", path, weight, median_ms, mistakes: 18, mistake: 404, status: 200 }
}

/// Reads what fits a question, which may be a wrong one.
const fn list(operation: &'static str, path: &'static str, weight: u32, median_ms: u32) -> Habit {
    Habit { mistakes: 7, mistake: 422, ..get(operation, path, weight, median_ms) }
}

/// Sends something, which may not be acceptable.
const fn post(operation: &'static str, path: &'static str, weight: u32, median_ms: u32) -> Habit {
    Habit { operation, method: "POST", path, weight, median_ms, mistakes: 11, mistake: 422, status: 200 }
}

const fn answering(habit: Habit, status: u16) -> Habit {
    Habit { status, ..habit }
}

/// How a product is used; empty for one that nobody calls.
pub fn of(product: &str) -> &'static [Habit] {
    match product {
        "shipment-tracking" => SHIPMENT_TRACKING,
        "routing" => ROUTING,
        "rates" => RATES,
        "address-validation" => ADDRESS_VALIDATION,
        "labels" => LABELS,
        "customs" => CUSTOMS,
        "pickups" => PICKUPS,
        "notifications" => NOTIFICATIONS,
        _ => &[],
    }
}

const SHIPMENT_TRACKING: &[Habit] = &[
    get("trackShipment", "/shipments/1Z999AA1########84", 52, 38),
    get("trackShipment", "/shipments/JD0146000062########", 18, 41),
    post("trackBatch", "/shipments/batch", 11, 96),
    get("listEvents", "/shipments/1Z999AA1########84/events", 9, 33),
    list("listShipments", "/shipments", 4, 57),
    get("getProof", "/shipments/JD0146000062########/proof", 3, 64),
    answering(post("subscribe", "/subscriptions", 2, 71), 201),
    list("listCarriers", "/carriers", 1, 19),
];

const ROUTING: &[Habit] = &[
    answering(post("planRoute", "/routes", 30, 168), 201),
    list("estimateArrival", "/eta", 34, 62),
    get("getRoute", "/routes/rte_6Gh###", 14, 44),
    post("buildMatrix", "/matrix", 9, 240),
    post("optimiseStops", "/routes/optimise", 5, 410),
    post("estimateEmissions", "/emissions", 4, 51),
    get("listDepartures", "/terminals/DEDUI/departures", 3, 48),
    list("getDistance", "/distance", 1, 22),
];

const RATES: &[Habit] = &[
    post("quoteShipment", "/rates/quote", 78, 112),
    get("getQuote", "/quotes/quo_7Hd####1", 12, 29),
    list("listServices", "/services", 4, 24),
    get("getTransitTimes", "/transit-times/DE/NL", 3, 31),
    list("listSurcharges", "/surcharges", 2, 27),
    list("estimateRate", "/rates/estimate", 1, 18),
];

const ADDRESS_VALIDATION: &[Habit] = &[
    post("validateAddress", "/addresses/validate", 60, 41),
    list("suggestAddresses", "/addresses/suggest", 30, 27),
    get("geocode", "/geocode", 8, 35),
    get("reverseGeocode", "/geocode/reverse", 2, 33),
];

const LABELS: &[Habit] = &[
    answering(post("createLabel", "/labels", 55, 205), 201),
    get("downloadLabel", "/labels/lab_9t####/file", 34, 58),
    get("getLabel", "/labels/lab_9t####", 6, 26),
    answering(Habit { method: "DELETE", mistake: 409, mistakes: 60, ..get("voidLabel", "/labels/lab_9t####", 2, 88) }, 204),
    answering(post("createManifest", "/manifests", 3, 330), 201),
];

const CUSTOMS: &[Habit] = &[
    list("searchTariff", "/tariff/search", 40, 74),
    post("calculateDuties", "/duties", 32, 131),
    post("classifyGoods", "/classify", 20, 620),
    get("getCode", "/tariff/codes/0901##", 8, 46),
];

const PICKUPS: &[Habit] = &[
    list("listSlots", "/slots", 58, 92),
    answering(post("bookPickup", "/pickups", 28, 143), 201),
    get("getPickup", "/pickups/pic_8s####", 14, 30),
];

const NOTIFICATIONS: &[Habit] = &[
    answering(post("sendMessage", "/messages", 82, 47), 202),
    get("getMessage", "/messages/msg_8L####", 14, 23),
    Habit { mistakes: 0, ..get("listTemplates", "/templates", 4, 28) },
];

impl Habit {
    /// The path of one call.
    pub fn path(&self, dice: &mut Dice) -> String {
        let mut digits = dice.roll();
        let digit = |left: &mut u64| {
            let digit = char::from(b'0' + (*left % 10) as u8);
            *left /= 10;
            digit
        };
        self.path.chars().map(|c| if c == '#' { digit(&mut digits) } else { c }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_digits_of_its_own() {
        let mut dice = Dice::new(1);
        let path = SHIPMENT_TRACKING[0].path(&mut dice);
        assert_ne!(path, SHIPMENT_TRACKING[0].path(&mut dice));
        assert_eq!(path.len(), SHIPMENT_TRACKING[0].path.len());
        assert!(path.starts_with("/shipments/1Z999AA1") && !path.contains('#'), "{path}");
    }

    #[test]
    fn a_path_without_a_blank_stays_as_it_is() {
        assert_eq!(RATES[0].path(&mut Dice::new(1)), "/rates/quote");
        assert!(of("unheard-of").is_empty());
    }
}
