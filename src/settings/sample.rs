//! The business that stands in where no settings are.

use std::path::Path;

use super::{Environment, Settings, read};

/// Ridge Plumbing, as the owner would write it; a key for the top of the file may be put before it.
pub const SAMPLE: &str = r#"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"

[people.ana]
number = "+15550101"
areas = ["repairs", "appointments", "tables", "orders", "family-law"]

[people.ben]
number = "+15550102"
areas = ["billing", "repairs", "pain", "emergencies", "property"]

[lines."+15550100"]
flow = "front-desk"
"#;

/// The built-in business: Ridge Plumbing, always open, with Ana and Ben, who are for all that the shipped flows speak of.
pub fn sample() -> Settings {
    // A constant, so a test shows that it reads; nothing of this machine comes into it.
    read("the built-in sample", SAMPLE, Path::new("."), &Environment::default()).expect("the sample reads")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Hours;

    #[test]
    fn the_sample_is_ridge_plumbing_with_two_people_and_nothing_to_remark() {
        let settings = sample();
        assert!(settings.warnings.is_empty(), "{}", settings.warnings);
        let business = settings.business;
        assert_eq!(business.name, "Ridge Plumbing");
        assert_eq!(business.time_zone.iana_name(), Some("America/New_York"));
        assert_eq!(business.hours, Hours::Always);
        let people: Vec<_> = business.people.iter().map(|p| (p.name.as_str(), p.number.as_str())).collect();
        assert_eq!(people, [("ana", "+15550101"), ("ben", "+15550102")]);
        assert_eq!(business.owner.as_str(), "ana");
        assert_eq!(business.lines[0].flow.as_str(), "front-desk");
    }
}
