//! Why there is no plan, and why a plan is not done.

use keyform::{
    manifest::Origin,
    model::{
        Address, BindingName, CloudName, GroupName, InstanceId, KeyAlgorithm, KeyFileCode,
        KeyFileProblem, NameDanger, PathKind, PemCode, PemForm, PemProblem, ProjectName, Region,
        StepId,
    },
    plan::{
        PlanError, PlanErrorCode, Stale, StaleCode,
        check::{Flaw, UnsoundCode},
    },
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

#[test]
fn each_fact_that_does_not_hold_has_its_sentence() {
    let key = || Address::Key(CloudName::new("web"));
    let pair = || Address::Pair(region(), CloudName::new("web"));
    let instance = || Address::Instance(InstanceId::new("i-1").in_region(&region()));
    let file = "keys/web.pem".to_owned();
    let problem = KeyFileProblem::NotAFile { file, found: PathKind::Directory };
    let instances = vec![InstanceId::new("i-2"), InstanceId::new("i-3")];
    let now = Some(CloudName::new("theirs"));
    let examples = [
        Stale::PlanOfOtherFormat { format: "keyform.plan/2".to_owned() },
        Stale::PlanOfOtherProject { project: ProjectName::new("shop") },
        Stale::PlanOfOtherState,
        Stale::KeyNameTaken { address: key() },
        Stale::KeyBroken { address: key(), problem },
        Stale::KeyGone { address: key() },
        Stale::PairNameTaken { address: pair() },
        Stale::PairGone { address: pair() },
        Stale::PairKeyChanged { address: pair() },
        Stale::PairOfOtherState { address: pair() },
        Stale::PairOwnerChanged { address: pair() },
        Stale::PairBoundMeanwhile { address: pair(), instances },
        Stale::NotAsFound { address: instance() },
        Stale::BindingChanged { address: instance(), before: None, now },
        Stale::RecordChanged { address: pair() },
    ];
    let text = sentences(&examples, StaleCode::ALL, Stale::code, StaleCode::as_str);
    insta::assert_snapshot!(text);
}

#[test]
fn each_flaw_of_a_plan_has_its_sentence() {
    let (step, instance) = (StepId::new(7), || InstanceId::new("i-1"));
    let binding = BindingName::new("web-fleet");
    let group = || GroupName::new("tier");
    let (instances, allowed) = (3, 2);
    let examples = [
        Flaw::DigestDiffers,
        Flaw::DocumentDiffers,
        Flaw::SummaryDiffers,
        Flaw::HoldsSecret,
        Flaw::StepsOutOfOrder,
        Flaw::BatchSize { step },
        Flaw::RestsOnNothing { step },
        Flaw::RestsOnOther { step },
        Flaw::ImportBeforeKey { step },
        Flaw::BindBeforePair { step },
        Flaw::DeferBeforePair { step },
        Flaw::RestartBeforeMove { step },
        Flaw::RestartDiffers { instance: instance(), step },
        Flaw::RetireBeforeDelete { step },
        Flaw::DeleteBeforeLeft { step },
        Flaw::MovedTwice { instance: instance() },
        Flaw::RestartedTwice { instance: instance() },
        Flaw::ProvenTwice { instance: instance() },
        Flaw::RestartsManual { step },
        Flaw::WaveTooEarly { step },
        Flaw::WaveEndsEarly { step },
        Flaw::CanaryMissing { wave: 1, binding: BindingName::new("web-fleet") },
        Flaw::WaveTooLarge { wave: 2, binding, instances, allowed },
        Flaw::FleetsTooLarge { region: region(), group: None, instances, allowed },
        Flaw::FleetsTooLarge { region: region(), group: Some(group()), instances, allowed },
        Flaw::GroupUnlimited { region: region(), group: group(), allowed },
        Flaw::TakesEffectUnproven { instance: instance(), step },
    ];
    let text = sentences(&examples, UnsoundCode::ALL, Flaw::code, UnsoundCode::as_str);
    insta::assert_snapshot!(text);
}

#[test]
fn each_problem_of_a_private_key_has_its_sentence() {
    let of_algorithm = |algorithm| PemProblem::OtherAlgorithm { algorithm };
    let examples = [
        PemProblem::NotPem,
        PemProblem::Encrypted,
        PemProblem::OtherForm { form: PemForm::Pkcs1 },
        PemProblem::OtherForm { form: PemForm::OpenSsh },
        PemProblem::OtherContent,
        PemProblem::TrailingText,
        PemProblem::Damaged,
        of_algorithm(KeyAlgorithm::RsaOfMorePrimes),
        of_algorithm(KeyAlgorithm::RsaPss),
        of_algorithm(KeyAlgorithm::Ec),
        of_algorithm(KeyAlgorithm::Dsa),
        of_algorithm(KeyAlgorithm::Ed25519),
        of_algorithm(KeyAlgorithm::Unknown),
        PemProblem::OtherSize { bits: 1024 },
        PemProblem::Inconsistent,
    ];
    let text = sentences(&examples, PemCode::ALL, PemProblem::code, PemCode::as_str);
    insta::assert_snapshot!(text);
}

#[test]
fn each_problem_of_a_key_file_has_its_sentence() {
    let file = || "keys/web.pem".to_owned();
    let named = |name, danger| KeyFileProblem::Name { name: CloudName::new(name), danger };
    let is = |found| KeyFileProblem::NotAFile { file: file(), found };
    let examples = [
        named("", NameDanger::Empty),
        named("long", NameDanger::Length { found: 240, maximum: 231 }),
        named(".web", NameDanger::LeadingDot),
        named("a/b", NameDanger::Character { character: '/' }),
        is(PathKind::Directory),
        is(PathKind::Symlink),
        is(PathKind::Other),
        KeyFileProblem::Unreadable { file: file(), cause: "permission denied".to_owned() },
        KeyFileProblem::NotAKey { file: file(), problem: PemProblem::Damaged },
    ];
    let text = sentences(&examples, KeyFileCode::ALL, KeyFileProblem::code, KeyFileCode::as_str);
    insta::assert_snapshot!(text);
    for example in examples {
        let written = serde_json::to_string(&example).expect("JSON");
        assert_eq!(serde_json::from_str::<KeyFileProblem>(&written).expect("it reads"), example);
    }
}
