//! The right that each operation needs.

/// The vendor's page that lists the actions, the resources and the condition keys of ECS.
pub const PAGE: &str =
    "https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-ram";

/// What a right can be restricted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceKind {
    /// Nothing: the service checks for all resources, `*`.
    All,
    /// Key pairs: `acs:ecs:{region}:{account}:keypair/{name}`.
    KeyPair,
    /// Instances: `acs:ecs:{region}:{account}:instance/{id}`.
    Instance,
}

/// How one finds out whether someone has a right, without using it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// By `DryRun=true`, which checks the right and does nothing else.
    DryRun,
    /// By a list: a refusal tells that it is missing, and a list with something in it that it is
    /// there. An empty list tells nothing.
    List,
    /// By nothing but the call itself.
    Nothing,
}

/// The right that an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// The operation.
    pub operation: &'static str,
    /// The action in RAM.
    pub action: &'static str,
    /// What it can be restricted to: the caller needs it for a resource of each kind.
    pub resources: &'static [ResourceKind],
    /// Whether a condition on the tags of the resource can restrict it (`acs:ResourceTag/KEY`): where
    /// the resource is there before the call, and named by it.
    pub by_tag: bool,
    /// How one finds out whether someone has it.
    pub told_by: ToldBy,
    /// Whether the operation changes something.
    pub writes: bool,
}

impl Right {
    /// The vendor's page of the operation, which has its action and its resources.
    #[must_use]
    pub fn page(&self) -> String {
        let name = self.operation.to_ascii_lowercase();
        format!(
            "https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-{name}"
        )
    }
}

/// The right of an operation; none if it needs none.
#[must_use]
pub fn right(operation: &str) -> Option<&'static Right> {
    RIGHTS.iter().find(|right| right.operation == operation)
}

/// Writes the rows of the table.
macro_rules! rights {
    ($($operation:literal: [$($kind:ident),+] $tag:ident $told:ident $does:ident;)+) => {
        &[$(Right {
            operation: $operation,
            action: concat!("ecs:", $operation),
            resources: &[$(ResourceKind::$kind),+],
            by_tag: by_tag::$tag,
            told_by: ToldBy::$told,
            writes: does::$does,
        }),+]
    };
}

/// The words of the table for what a condition on tags can do.
#[expect(non_upper_case_globals, reason = "they are words of the table below")]
mod by_tag {
    pub(super) const Tag: bool = true;
    pub(super) const NoTag: bool = false;
}

/// The words of the table for what an operation does.
#[expect(non_upper_case_globals, reason = "they are words of the table below")]
mod does {
    pub(super) const Writes: bool = true;
    pub(super) const Reads: bool = false;
}

/// The rights of all operations that the client or the embedded cloud has, in the order in which
/// policies and tables have them.
///
/// Of ImportKeyPair the pages disagree: that of the operation says that it is checked for all
/// resources, that of all rights `keypair/*`. `*` is right for both. The resource id of a pair is its
/// name.
pub const RIGHTS: &[Right] = rights! {
    "DescribeKeyPairs": [KeyPair] NoTag List Reads;
    "DescribeInstances": [Instance] NoTag DryRun Reads;
    "DescribeInstanceStatus": [All] NoTag List Reads;
    "ListTagResources": [All] NoTag List Reads;
    "CreateKeyPair": [KeyPair] NoTag Nothing Writes;
    "ImportKeyPair": [All] NoTag Nothing Writes;
    "JoinResourceGroup": [KeyPair] Tag Nothing Writes;
    "TagResources": [KeyPair] Tag Nothing Writes;
    "UntagResources": [KeyPair] Tag Nothing Writes;
    "AttachKeyPair": [Instance, KeyPair] Tag Nothing Writes;
    "DetachKeyPair": [Instance, KeyPair] Tag Nothing Writes;
    "RebootInstances": [Instance] Tag DryRun Writes;
    "RebootInstance": [Instance] Tag DryRun Writes;
    "StartInstances": [Instance] Tag DryRun Writes;
    "StartInstance": [Instance] Tag DryRun Writes;
    "StopInstances": [Instance] Tag DryRun Writes;
    "StopInstance": [Instance] Tag DryRun Writes;
    "DeleteKeyPairs": [KeyPair] Tag Nothing Writes;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_is_that_of_its_operation_and_has_a_page() {
        let right = right("RebootInstances").expect("it is in the table");
        assert_eq!(right.action, "ecs:RebootInstances");
        assert_eq!(
            right.page(),
            "https://www.alibabacloud.com/help/en/ecs/developer-reference/\
             api-ecs-2014-05-26-rebootinstances"
        );
        assert!(super::right("GetCallerIdentity").is_none());
    }

    #[test]
    fn nothing_that_changes_something_is_told_by_a_list() {
        for right in RIGHTS {
            assert!(!(right.writes && right.told_by == ToldBy::List), "{}", right.operation);
            assert!(!right.by_tag || right.writes, "lists name no resource: {}", right.operation);
        }
    }
}
