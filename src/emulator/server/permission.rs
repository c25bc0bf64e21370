//! What a caller may do: the policy of the access key, judged for each resource of a request.

use super::{
    access_keys::AccessKey,
    answer::{Answer, Problem},
    service::Service,
};
use crate::{
    ecs::{
        DescribeInstances, InstancePage, Request, Response, Transport,
        wire::{self, AccessDeniedDetail},
    },
    model::{CloudName, InstanceId, Region, Tags},
    rights::{Need, Resource, Verdict},
};

/// What the service says to a caller without permission.
const MESSAGE: &str =
    "User not authorized to operate on the specified resource, or this API doesn't support RAM.";

impl Service {
    /// Refuses a request that the caller has no right to make; if the script says so, a list is
    /// answered empty instead.
    pub(super) fn permit(
        &self,
        key: &AccessKey,
        request: &Request,
        request_id: &str,
    ) -> Result<Option<Answer>, Problem> {
        match self.judge(key, request) {
            Ok(()) => Ok(None),
            Err(problem) if self.script.switches.empty_list_without_permission => {
                empty_list(request, request_id).map(Some).ok_or(problem)
            }
            Err(problem) => Err(problem),
        }
    }

    fn judge(&self, key: &AccessKey, request: &Request) -> Result<(), Problem> {
        let Some(policy) = key.policy() else { return Ok(()) };
        for need in request.needed() {
            let resource = self.located(&need);
            let tags = self.tags_of(&resource);
            let verdict = policy.judge(need.action(), &resource.arn(&self.account), &tags);
            if verdict != Verdict::Allowed {
                return Err(self.denied(key, "Forbidden.RAM", MESSAGE, need.action(), verdict));
            }
        }
        Ok(())
    }

    /// Refuses a caller who may not take a role.
    pub(super) fn permit_role(&self, key: &AccessKey, role: &str) -> Result<(), Problem> {
        let Some(policy) = key.policy() else { return Ok(()) };
        let action = "sts:AssumeRole";
        match policy.judge(action, role, &Tags::new()) {
            Verdict::Allowed => Ok(()),
            verdict => {
                let message =
                    "You are not authorized to do this action. You should be authorized by RAM.";
                Err(self.denied(key, "NoPermission", message, action, verdict))
            }
        }
    }

    fn denied(
        &self,
        key: &AccessKey,
        code: &str,
        message: &str,
        action: &str,
        verdict: Verdict,
    ) -> Problem {
        let no_permission_type = match verdict {
            Verdict::Denied => "ExplicitDeny",
            Verdict::Allowed | Verdict::NotAllowed => "ImplicitDeny",
        };
        let kind = if key.is_temporary() { "AssumedRoleUser" } else { "SubUser" };
        Problem::new(403, code, message).with_denied(AccessDeniedDetail {
            auth_action: action.to_owned(),
            auth_resource: String::new(),
            auth_principal_display_name: key.id().to_owned(),
            auth_principal_owner_id: self.account.clone(),
            auth_principal_type: kind.to_owned(),
            no_permission_type: no_permission_type.to_owned(),
            policy_type: "AccountLevelIdentityBasedPolicy".to_owned(),
        })
    }

    /// The resource of a need; an instance in no named region is looked for in all of them, as the
    /// call itself does.
    fn located(&self, need: &Need) -> Resource {
        let Resource::Instance { region: None, id } = &need.resource else {
            return need.resource.clone();
        };
        let found = self.cloud.inspect(|world, _| {
            let mut instances = world.instances();
            instances.find(|(_, one)| one.as_str() == id).map(|(region, _)| region.clone())
        });
        Resource::Instance { region: found.ok().flatten(), id: id.clone() }
    }

    /// The tags of a resource that is there; none of a pattern.
    fn tags_of(&self, resource: &Resource) -> Tags {
        let tags = match resource {
            Resource::KeyPair { region: Some(region), name } => self.tags_of_pair(region, name),
            Resource::Instance { region: Some(region), id } => self.tags_of_instance(region, id),
            Resource::All | Resource::KeyPair { .. } | Resource::Instance { .. } => None,
        };
        tags.unwrap_or_default()
    }

    fn tags_of_pair(&self, region: &Region, name: &str) -> Option<Tags> {
        let name = CloudName::new(name);
        let tags = self.cloud.inspect(|world, _| {
            let pair = world.pairs(region).find(|pair| pair.name == name);
            pair.map(|pair| pair.tags.clone())
        });
        tags.ok().flatten()
    }

    fn tags_of_instance(&self, region: &Region, id: &str) -> Option<Tags> {
        let asked = DescribeInstances {
            instance_ids: Some(vec![InstanceId::new(id)]),
            ..DescribeInstances::all(region.clone())
        };
        match self.cloud.call(&Request::DescribeInstances(asked)) {
            Ok(Response::Instances(page)) => {
                page.instances.into_iter().next().map(|instance| instance.tags)
            }
            _ => None,
        }
    }
}

/// The empty list that the service once answered to a caller without permission: to
/// DescribeInstances, unless it was a dry run.
fn empty_list(request: &Request, request_id: &str) -> Option<Answer> {
    let Request::DescribeInstances(DescribeInstances { dry_run: false, .. }) = request else {
        return None;
    };
    let page = InstancePage { instances: Vec::new(), next_token: None, total_count: Some(0) };
    let body = wire::write_answer(request, &Response::Instances(page), request_id);
    Some(Answer::json(&body, request_id))
}
