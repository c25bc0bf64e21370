//! The parameters of a call: flat names and texts.

use std::collections::BTreeMap;

use super::WireProblem;
use crate::{
    ecs::TagFilter,
    model::{CloudName, InstanceId, Region, Tags},
};

/// What pairs are called where resources of several kinds can be meant.
pub(super) const RESOURCE_TYPE: &str = "keypair";

/// The parameters of a call. One without a value is as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parameters as they came in.
    #[must_use]
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Names and values, in the order in which they were put.
    #[must_use]
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    pub(super) fn put(&mut self, name: &str, value: impl ToString) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    pub(super) fn put_some(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// A switch that is off unless it is there.
    pub(super) fn put_flag(&mut self, name: &str, value: bool) {
        if value {
            self.put(name, true);
        }
    }

    /// A list in one parameter, as JSON.
    pub(super) fn put_json<T: ToString>(&mut self, name: &str, values: &[T]) {
        let values = values.iter().map(|value| value.to_string().into());
        self.put(name, serde_json::Value::Array(values.collect()));
    }

    /// A list in numbered parameters: `Name.1`, `Name.2`.
    pub(super) fn put_list<T: ToString>(&mut self, name: &str, values: &[T]) {
        for (index, value) in values.iter().enumerate() {
            self.put(&format!("{name}.{}", index + 1), value.to_string());
        }
    }

    pub(super) fn put_tags(&mut self, tags: &Tags) {
        for (index, (key, value)) in tags.iter().enumerate() {
            self.put(&format!("Tag.{}.Key", index + 1), key);
            self.put(&format!("Tag.{}.Value", index + 1), value);
        }
    }

    /// A parameter with a value. Of one that is there twice the first counts.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn need(&self, name: &'static str) -> Result<&str, WireProblem> {
        self.text(name).ok_or(WireProblem::Missing(name))
    }

    pub(super) fn region(&self) -> Result<Region, WireProblem> {
        Region::new(self.need("RegionId")?).map_err(|_| WireProblem::Region)
    }

    pub(super) fn name(&self, name: &'static str) -> Result<CloudName, WireProblem> {
        self.need(name).map(CloudName::new)
    }

    pub(super) fn number(&self, name: &'static str, default: usize) -> Result<usize, WireProblem> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| WireProblem::Invalid(name)),
        }
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, WireProblem> {
        Ok(self.switch(name)?.unwrap_or(false))
    }

    /// A switch that means something else when it is not there.
    pub(super) fn switch(&self, name: &'static str) -> Result<Option<bool>, WireProblem> {
        match self.text(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(WireProblem::Invalid(name)),
        }
    }

    /// A list in one parameter, as JSON. An empty list is another thing than none.
    pub(super) fn json(
        &self,
        name: &'static str,
        problem: &WireProblem,
    ) -> Result<Option<Vec<String>>, WireProblem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|_| problem.clone())
    }

    /// The instances of `InstanceIds`, if it is there.
    pub(super) fn instance_ids(
        &self,
        problem: &WireProblem,
    ) -> Result<Option<Vec<InstanceId>>, WireProblem> {
        let ids = self.json("InstanceIds", problem)?;
        Ok(ids.map(|ids| ids.into_iter().map(InstanceId::new).collect()))
    }

    /// The instances that are to be bound or unbound.
    pub(super) fn instance_ids_to_bind(&self) -> Result<Vec<InstanceId>, WireProblem> {
        let ids = self.instance_ids(&WireProblem::InstanceIdsToBind)?;
        ids.ok_or(WireProblem::Missing("InstanceIds"))
    }

    /// The pairs that are meant; the service's own spelling of the type counts, in any case.
    pub(super) fn resources(&self) -> Result<Vec<CloudName>, WireProblem> {
        match self.text("ResourceType") {
            None => Err(WireProblem::Missing("ResourceType")),
            Some(kind) if kind.eq_ignore_ascii_case(RESOURCE_TYPE) => {
                Ok(self.list("ResourceId").into_iter().map(CloudName::new).collect())
            }
            Some(_) => Err(WireProblem::ResourceType),
        }
    }

    /// A list in numbered parameters, by their numbers.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let numbered = |(one, value): &(String, String)| {
            let number = one.strip_prefix(name)?.strip_prefix('.')?.parse::<u16>().ok()?;
            Some((number, value.clone()))
        };
        self.0.iter().filter_map(numbered).collect::<BTreeMap<_, _>>().into_values().collect()
    }

    pub(super) fn tags(&self) -> Result<Tags, WireProblem> {
        let mut tags = Tags::new();
        for (key, value) in self.numbered_tags()? {
            if tags.insert(key.to_owned(), value.unwrap_or_default().to_owned()).is_some() {
                return Err(WireProblem::TagKeys);
            }
        }
        Ok(tags)
    }

    /// Tags that something must have; one without a value may have any.
    pub(super) fn tag_filters(&self) -> Result<Vec<TagFilter>, WireProblem> {
        let filter = |(key, value): (&str, Option<&str>)| TagFilter {
            key: key.to_owned(),
            value: value.map(str::to_owned),
        };
        Ok(self.numbered_tags()?.into_iter().map(filter).collect())
    }

    pub(super) fn put_tag_filters(&mut self, filters: &[TagFilter]) {
        for (index, filter) in filters.iter().enumerate() {
            self.put(&format!("Tag.{}.Key", index + 1), &filter.key);
            self.put_some(&format!("Tag.{}.Value", index + 1), filter.value.as_ref());
        }
    }

    /// Keys and values of `Tag.1.Key` and its like, by their numbers.
    fn numbered_tags(&self) -> Result<Vec<(&str, Option<&str>)>, WireProblem> {
        let mut numbered: BTreeMap<u16, (Option<&str>, Option<&str>)> = BTreeMap::new();
        for (name, value) in &self.0 {
            let Some((number, field)) =
                name.strip_prefix("Tag.").and_then(|rest| rest.split_once('.'))
            else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            let tag = numbered.entry(number).or_default();
            match field {
                "Key" => tag.0 = Some(value),
                "Value" => tag.1 = Some(value.as_str()).filter(|value| !value.is_empty()),
                _ => {}
            }
        }
        numbered
            .into_values()
            .map(|(key, value)| Ok((key.ok_or(WireProblem::Missing("Tag.N.Key"))?, value)))
            .collect()
    }
}
