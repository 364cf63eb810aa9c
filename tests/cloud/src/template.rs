//! The template of `infra/aws` after the SAM transform: what AWS will really be asked for.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{Tools, workspace};

/// The translated template.
#[derive(Debug, Clone)]
pub struct Template(Value);

impl Template {
    /// Translates `infra/aws/template.yaml`.
    ///
    /// # Errors
    ///
    /// When the tools cannot be installed, or SAM refuses the template.
    pub fn translated() -> Result<Self> {
        let output = Tools::installed()?
            .command("python")
            .arg(workspace().join("tests/cloud/translate.py"))
            .arg(workspace().join("infra/aws/template.yaml"))
            .output()
            .context("the SAM translator does not start")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "SAM refuses the template:\n{complaint}");
        Ok(Self(serde_json::from_slice(&output.stdout)?))
    }

    /// One resource with its type, properties and policies; null when there is none of that logical id.
    pub fn resource(&self, logical_id: &str) -> &Value {
        member(member(&self.0, "Resources"), logical_id)
    }

    /// The properties of one resource; null when there is none of that logical id.
    pub fn properties(&self, logical_id: &str) -> &Value {
        member(self.resource(logical_id), "Properties")
    }

    /// The properties of every resource of a type, by logical id.
    pub fn all_of(&self, resource_type: &str) -> BTreeMap<&str, &Value> {
        self.types()
            .into_iter()
            .filter(|(_, its_type)| *its_type == resource_type)
            .map(|(logical_id, _)| (logical_id, self.properties(logical_id)))
            .collect()
    }

    /// The types of everything in it, by logical id.
    pub fn types(&self) -> BTreeMap<&str, &str> {
        let resources = member(&self.0, "Resources").as_object();
        resources
            .into_iter()
            .flatten()
            .filter_map(|(logical_id, resource)| Some((logical_id.as_str(), member(resource, "Type").as_str()?)))
            .collect()
    }

    /// The declared parameters.
    pub fn parameters(&self) -> &Value {
        member(&self.0, "Parameters")
    }

    /// The outputs.
    pub fn outputs(&self) -> &Value {
        member(&self.0, "Outputs")
    }
}

fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}
