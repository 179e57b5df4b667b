//! The outer parts of a document: its version, `info`, `servers`, `tags` and security schemes.

use super::place::At;
use super::reader::{Dialect, Reader};
use crate::model::{Api, Location, SecurityKind, SecurityScheme, Server, Tag};
use openapiv3 as typed;
use serde_json::{Map, Value};

impl<'d> Reader<'d> {
    /// Reads the whole document. The result is only good when no problem was found.
    pub(super) fn api(&mut self) -> Api {
        let mut api = Api::default();
        let at = At::Pointer("");
        let Some(root) = self.object(&at, self.root) else {
            return api;
        };
        if !self.read_dialect(&at, root) {
            return api;
        }
        self.info(&at, root, &mut api);
        api.servers = self.servers(&at, root);
        api.tags = self.tags(&at, root);
        let components = self.object_in(&at, root, "components");
        let components_at = at.key("components");
        if let Some(components) = components {
            api.security = self.security_schemes(&components_at, components);
            self.name_schemas(&components_at, components);
        }
        self.operations(&at, root, &mut api);
        self.read_open_schemas();
        api.schemas = std::mem::take(&mut self.schemas);
        api
    }

    fn read_dialect(&mut self, at: &At<'_>, root: &Map<String, Value>) -> bool {
        if root.contains_key("swagger") {
            self.problem(&at.key("swagger"), "this is a Swagger 2 document; convert it to OpenAPI 3.0 or 3.1 first");
            return false;
        }
        let version = match root.get("openapi") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                self.problem(at, "`openapi` is required: the version of OpenAPI, such as `openapi: 3.1.0`");
                return false;
            }
        };
        let is = |minor: &str| version == minor || version.starts_with(&format!("{minor}."));
        match (is("3.0"), is("3.1")) {
            (true, _) => self.dialect = Dialect::V30,
            (_, true) => self.dialect = Dialect::V31,
            _ => {
                let message = format!("OpenAPI {version} is not known here; use 3.0 or 3.1");
                self.problem(&at.key("openapi"), message);
                return false;
            }
        }
        true
    }

    fn info(&mut self, at: &At<'_>, root: &Map<String, Value>, api: &mut Api) {
        let Some(info) = root.get("info") else {
            self.problem(at, "`info` is required, with a title and a version");
            return;
        };
        let Some(info) = self.typed::<typed::Info>(&at.key("info"), info) else {
            return;
        };
        if info.title.trim().is_empty() {
            self.problem(&at.key("info").key("title"), "the title is empty");
        }
        api.title = info.title;
        api.version = info.version;
        api.description = info.description.unwrap_or_default();
    }

    pub(super) fn servers(&mut self, at: &At<'_>, parent: &'d Map<String, Value>) -> Vec<Server> {
        let list = self.list_in(at, parent, "servers");
        let at = at.key("servers");
        let mut servers = Vec::new();
        for (index, value) in list.iter().enumerate() {
            if let Some(server) = self.typed::<typed::Server>(&at.item(index), value) {
                servers.push(plain_server(server));
            }
        }
        servers
    }

    fn tags(&mut self, at: &At<'_>, root: &'d Map<String, Value>) -> Vec<Tag> {
        let list = self.list_in(at, root, "tags");
        let at = at.key("tags");
        let mut tags: Vec<Tag> = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let Some(tag) = self.typed::<typed::Tag>(&at.item(index), value) else {
                continue;
            };
            if tags.iter().any(|t| t.name == tag.name) {
                self.problem(&at.item(index), format!("the tag `{}` is declared twice", tag.name));
            }
            tags.push(Tag { name: tag.name, description: tag.description.unwrap_or_default() });
        }
        tags
    }

    fn security_schemes(&mut self, at: &At<'_>, components: &'d Map<String, Value>) -> Vec<SecurityScheme> {
        let Some(schemes) = self.object_in(at, components, "securitySchemes") else {
            return Vec::new();
        };
        let at = at.key("securitySchemes");
        let mut found = Vec::new();
        for (name, value) in schemes {
            let scheme = self.follow(&at.key(name), value, |reader, at, value| reader.security_scheme(at, value));
            if let Some(Some((kind, description))) = scheme {
                found.push(SecurityScheme { name: name.clone(), kind, description });
            }
        }
        found
    }

    fn security_scheme(&mut self, at: &At<'_>, value: &Value) -> Option<(SecurityKind, String)> {
        if value.get("type").and_then(Value::as_str) == Some("mutualTLS") {
            let description = value.get("description").and_then(Value::as_str).unwrap_or_default();
            return Some((SecurityKind::MutualTls, description.to_owned()));
        }
        let (kind, description) = match self.typed::<typed::SecurityScheme>(at, value)? {
            typed::SecurityScheme::APIKey { location, name, description, .. } => {
                let location = match location {
                    typed::APIKeyLocation::Query => Location::Query,
                    typed::APIKeyLocation::Header => Location::Header,
                    typed::APIKeyLocation::Cookie => Location::Cookie,
                };
                (SecurityKind::ApiKey { location, parameter: name }, description)
            }
            typed::SecurityScheme::HTTP { scheme, description, .. } => (SecurityKind::Http { scheme }, description),
            typed::SecurityScheme::OAuth2 { description, .. } => (SecurityKind::OAuth2, description),
            typed::SecurityScheme::OpenIDConnect { open_id_connect_url: url, description, .. } => {
                (SecurityKind::OpenIdConnect { url }, description)
            }
        };
        Some((kind, description.unwrap_or_default()))
    }
}

fn plain_server(server: typed::Server) -> Server {
    let mut url = server.url;
    for (name, variable) in server.variables.iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), &variable.default);
    }
    Server { url, description: server.description.unwrap_or_default() }
}
