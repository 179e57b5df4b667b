//! Fetches the chart library when the first chart is shown, and hands drawings to it.

use super::{ChartData, Unit, option};
use js_sys::{Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlScriptElement};

/// The function that the library's bundle defines: `(element, json)`.
const DRAW: &str = "drawChart";

/// The id of the script that brings it.
const SCRIPT: &str = "chart-library";

/// Draws into `element`, or changes the drawing that is there. Where the library cannot be fetched the box stays empty and the table
/// behind it says the same.
pub fn draw(library: &str, element: Element, data: &ChartData, unit: Unit) {
    // A chart is made of strings and numbers, which always have a JSON form.
    let Ok(json) = serde_json::to_string(&option::drawing(data, unit)) else { return };
    if !call(&element, &json) {
        call_when_loaded(library, element, json);
    }
}

/// Calls the library; false while it is not there.
fn call(element: &Element, json: &str) -> bool {
    let function = Reflect::get(&window(), &DRAW.into()).ok().and_then(|it| it.dyn_into::<Function>().ok());
    match function {
        Some(function) => {
            if let Err(error) = function.call2(&JsValue::NULL, element, &json.into()) {
                leptos::logging::error!("the chart could not be drawn: {error:?}");
            }
            true
        }
        None => false,
    }
}

fn call_when_loaded(library: &str, element: Element, json: String) {
    let Some(script) = script(library) else { return };
    let then = Closure::once_into_js(move || call(&element, &json));
    // Both names are constants that every browser knows.
    script.add_event_listener_with_callback("load", then.unchecked_ref()).ok();
}

/// The script element, which the first chart adds to the page.
fn script(library: &str) -> Option<HtmlScriptElement> {
    if let Some(script) = document().get_element_by_id(SCRIPT) {
        return script.dyn_into().ok();
    }
    let script: HtmlScriptElement = document().create_element("script").ok()?.dyn_into().ok()?;
    script.set_id(SCRIPT);
    script.set_type("module");
    script.set_src(library);
    document().head()?.append_child(&script).ok()?;
    Some(script)
}
