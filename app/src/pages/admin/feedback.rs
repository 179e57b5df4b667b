//! What a page does while its data comes, and once an act has happened.

use crate::error::AppError;
use crate::ui::{Retry, Skeleton, form, use_toasts};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What `data` holds, once it is there: bars until then, and what to do about it when it does not come.
pub fn loaded<T>(data: Resource<Result<T, AppError>>, rows: usize, show: impl Fn(T) -> AnyView + Send + 'static) -> AnyView
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    view! {
        <Transition fallback=move || view! { <Skeleton rows=rows/> }>
            {move || data.get().map(|answer| match answer {
                Ok(value) => show(value),
                Err(error) => view! { <Retry error on_retry=Callback::new(move |()| data.refetch())/> }.into_any(),
            })}
        </Transition>
    }
    .into_any()
}

/// Says what was done, and shows the new state, each time an action succeeds; see [`form::after`].
pub fn after<S>(action: ServerAction<S>, changed: Callback<()>, said: impl Fn(&S::Output) -> String + 'static)
where
    S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let toasts = use_toasts();
    form::after(action, move |output| {
        toasts.say(said(output));
        changed.run(());
    });
}

/// A callback that asks for `data` again.
pub fn refetch<T>(data: Resource<Result<T, AppError>>) -> Callback<()>
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    Callback::new(move |()| data.refetch())
}
