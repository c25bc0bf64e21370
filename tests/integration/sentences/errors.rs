//! Why there is no plan, and why a plan is not done.

use keyform::{
    manifest::Origin,
    model::{BindingName, CloudName, InstanceId, Region},
    plan::{PlanError, PlanErrorCode},
};

use super::sentences;

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

#[test]
fn each_error_of_planning_has_its_sentence() {
    let examples = [
        PlanError::ManyMissing { region: region(), missing: 2, recorded: 19 },
        PlanError::Contradiction {
            region: region(),
            instance: InstanceId::new("i-1"),
            name: CloudName::new("web"),
        },
        PlanError::QuotaExceeded { region: region(), present: 499, new: 2, maximum: 500 },
        PlanError::SelectsNothing {
            binding: BindingName::new("web-fleet"),
            region: region(),
            tags: vec!["role=web".to_owned(), "env=prod".to_owned()],
            origin: Origin { file: "web.yaml".into(), line: 7, column: 3 },
        },
        PlanError::NothingTargeted { pattern: "binding/wbe".to_owned() },
        PlanError::StepsInACircle { causes: "Found -> Gone".to_owned() },
    ];
    let text = sentences(&examples, PlanErrorCode::ALL, PlanError::code, PlanErrorCode::as_str);
    insta::assert_snapshot!(text);
}
