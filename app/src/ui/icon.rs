//! Icons: an enum onto one SVG sprite, which the build makes from the Lucide drawings named here.

use super::paths::use_paths;
use leptos::prelude::*;

macro_rules! glyphs {
    ($($glyph:ident => $name:literal,)+) => {
        /// One icon of the sprite.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Glyph {
            $($glyph),+
        }

        impl Glyph {
            /// Every icon.
            pub const ALL: &'static [Self] = &[$(Self::$glyph),+];

            /// Lucide's name for it, which is also its id in the sprite.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$glyph => $name),+
                }
            }
        }
    };
}

glyphs! {
    Activity => "activity",
    Alert => "triangle-alert",
    Bell => "bell",
    BellRing => "bell-ring",
    Bill => "credit-card",
    Book => "book-open",
    Boxes => "boxes",
    Building => "building-2",
    Calculator => "calculator",
    Chart => "chart-column",
    Check => "check",
    ChevronDown => "chevron-down",
    ChevronRight => "chevron-right",
    ChevronUpDown => "chevrons-up-down",
    CircleAlert => "circle-alert",
    CircleCheck => "circle-check",
    Clock => "clock",
    Close => "x",
    Code => "code",
    Copy => "copy",
    Dashboard => "layout-dashboard",
    Document => "file-text",
    Download => "download",
    External => "external-link",
    Eye => "eye",
    EyeOff => "eye-off",
    Filter => "list-filter",
    Flask => "flask-conical",
    Gauge => "gauge",
    Globe => "globe",
    Grid => "layout-grid",
    History => "history",
    Info => "info",
    Key => "key-round",
    Landmark => "landmark",
    Link => "link",
    List => "list",
    Lock => "lock",
    Mail => "mail",
    MapPin => "map-pin",
    MapPinCheck => "map-pin-check",
    Menu => "menu",
    Message => "message-square",
    Minus => "minus",
    Monitor => "monitor",
    Moon => "moon",
    More => "ellipsis",
    Package => "package",
    PackageSearch => "package-search",
    Palette => "palette",
    Pencil => "pencil",
    Plus => "plus",
    Printer => "printer",
    Receipt => "receipt-text",
    Refresh => "refresh-cw",
    Rocket => "rocket",
    Rotate => "rotate-cw",
    Route => "route",
    Scale => "scale",
    Search => "search",
    Send => "send",
    Server => "server",
    Settings => "settings",
    Share => "share-2",
    Shield => "shield-check",
    SignOut => "log-out",
    Stamp => "stamp",
    Sun => "sun",
    Table => "table",
    Tag => "tag",
    Terminal => "terminal",
    Trash => "trash-2",
    Truck => "truck",
    Undo => "undo-2",
    Upload => "upload",
    User => "user",
    Users => "users",
    Wallet => "wallet",
    Webhook => "webhook",
    Zap => "zap",
    ArrowLeft => "arrow-left",
    ArrowRight => "arrow-right",
    ArrowUpRight => "arrow-up-right",
}

impl Glyph {
    /// The icon that a product names; a box where the sprite does not have it.
    pub fn named(name: &str) -> Self {
        Self::ALL.iter().copied().find(|glyph| glyph.name() == name).unwrap_or(Self::Package)
    }
}

/// An icon in the colour of the text around it; decorative, so that the words beside it or an `aria-label` must say what it means.
#[component]
pub fn Icon(
    name: Glyph,
    /// Width and height in pixels.
    #[prop(default = 16)]
    size: u8,
) -> impl IntoView {
    let href = format!("{}#{}", use_paths().icons, name.name());
    view! {
        <svg class="icon" width=size height=size aria-hidden="true" focusable="false">
            <use href=href></use>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_names_no_icon_of_ours_shows_a_box() {
        assert_eq!(Glyph::named("stamp"), Glyph::Stamp);
        assert_eq!(Glyph::named("unicorn"), Glyph::Package);
        assert_eq!(Glyph::named(""), Glyph::Package);
    }

    #[test]
    fn no_icon_is_drawn_twice() {
        let mut names: Vec<&str> = Glyph::ALL.iter().map(|glyph| glyph.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Glyph::ALL.len());
    }
}
