//! The rights that a request needs.

use super::operations::{DescribeInstances, Request};
use crate::{
    model::{CloudName, InstanceId, Region},
    rights::{Need, Resource},
};

impl Request {
    /// What the service checks the caller's rights for. A list that names what it asks for is checked
    /// for that, and any other one for all there is: the vendor documents both resources.
    #[must_use]
    pub fn needed(&self) -> Vec<Need> {
        let resources = match self {
            Self::DescribeKeyPairs { region, key_pair_name, .. } => match key_pair_name {
                Some(name) if !name.as_str().contains('*') => {
                    vec![Resource::key_pair(region, name)]
                }
                _ => vec![Resource::key_pairs(region)],
            },
            Self::CreateKeyPair { region, .. } => vec![Resource::key_pairs(region)],
            Self::ImportKeyPair { .. }
            | Self::DescribeInstanceStatus { .. }
            | Self::ListTagResources { .. } => vec![Resource::All],
            Self::DeleteKeyPairs { region, key_pair_names }
            | Self::TagResources { region, key_pair_names, .. }
            | Self::UntagResources { region, key_pair_names, .. } => pairs(region, key_pair_names),
            Self::AttachKeyPair { region, key_pair_name, instance_ids }
            | Self::DetachKeyPair { region, key_pair_name, instance_ids } => {
                let pair = Resource::key_pair(region, key_pair_name);
                instances(Some(region), instance_ids).into_iter().chain([pair]).collect()
            }
            Self::DescribeInstances(DescribeInstances { region, instance_ids, .. }) => {
                match instance_ids.as_deref() {
                    Some(ids @ [_, ..]) => instances(Some(region), ids),
                    _ => vec![Resource::instances(region)],
                }
            }
            Self::RebootInstances { region, instance_ids, .. }
            | Self::StartInstances { region, instance_ids, .. }
            | Self::StopInstances { region, instance_ids, .. } => {
                instances(Some(region), instance_ids)
            }
            Self::RebootInstance { region, instance_id, .. }
            | Self::StartInstance { region, instance_id, .. }
            | Self::StopInstance { region, instance_id, .. } => {
                instances(region.as_ref(), std::slice::from_ref(instance_id))
            }
            Self::JoinResourceGroup { region, key_pair_name, .. } => {
                vec![Resource::key_pair(region, key_pair_name)]
            }
            Self::DescribeRegions => Vec::new(),
        };
        let need = |resource| Need::of(self.operation(), resource);
        resources.into_iter().filter_map(need).collect()
    }
}

fn pairs(region: &Region, names: &[CloudName]) -> Vec<Resource> {
    names.iter().map(|name| Resource::key_pair(region, name)).collect()
}

/// Instances; of those in no named region the service knows it by its endpoint.
fn instances(region: Option<&Region>, ids: &[InstanceId]) -> Vec<Resource> {
    let resource =
        |id: &InstanceId| Resource::Instance { region: region.cloned(), id: id.to_string() };
    ids.iter().map(resource).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region() -> Region {
        Region::new("cn-hangzhou").expect("a region")
    }

    fn shown(request: &Request) -> Vec<String> {
        let needed = request.needed();
        needed.iter().map(|need| format!("{} {}", need.action(), need.resource.arn("17"))).collect()
    }

    #[test]
    fn binding_needs_a_right_for_the_pair_and_for_each_instance() {
        let request = Request::AttachKeyPair {
            region: region(),
            key_pair_name: CloudName::new("web"),
            instance_ids: vec![InstanceId::new("i-1"), InstanceId::new("i-2")],
        };
        assert_eq!(
            shown(&request),
            [
                "ecs:AttachKeyPair acs:ecs:cn-hangzhou:17:instance/i-1",
                "ecs:AttachKeyPair acs:ecs:cn-hangzhou:17:instance/i-2",
                "ecs:AttachKeyPair acs:ecs:cn-hangzhou:17:keypair/web",
            ]
        );
    }

    #[test]
    fn a_list_needs_a_right_for_what_it_names_or_for_all() {
        let all = DescribeInstances::all(region());
        let some = DescribeInstances { instance_ids: Some(vec![InstanceId::new("i-1")]), ..all };
        let none = DescribeInstances::all(region());
        for (request, resource) in [(some, "i-1"), (none, "*")] {
            let needed = shown(&Request::DescribeInstances(request));
            let arn = format!("ecs:DescribeInstances acs:ecs:cn-hangzhou:17:instance/{resource}");
            assert_eq!(needed, [arn]);
        }
        assert!(shown(&Request::DescribeRegions).is_empty());
    }
}
