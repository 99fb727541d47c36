//! To and from what callers see.

use super::{Channel, Field, FieldPolicy, Name, Need, Pattern, Rule};
use patron_ledger::change::ResourceName as _;
use patron_proto::profile::v1::{self as proto, customer, field_rule};
use patron_values::{etag::etag, fields::Fields, text::Line, timestamp};
use std::collections::BTreeMap;

/// The fields of which a customer has at least one, whatever the policy says.
const NAMING: [Field; 4] = [Field::FirstName, Field::LastName, Field::Company, Field::Email];

impl FieldPolicy {
    /// The rules that a caller sends in the field `field_policy`, without those that say what is so anyway.
    pub fn parse(message: &proto::FieldPolicy) -> Result<BTreeMap<Field, Rule>, Fields> {
        let mut fields = Fields::at("field_policy");
        let mut rules = BTreeMap::new();
        for &field in Field::ALL {
            let sent = field.rule_in(message).cloned().unwrap_or_default();
            let rule = Rule::parse(&mut fields, field, &sent);
            if rule != *field.unset() {
                rules.insert(field, rule);
            }
        }
        for channel in [Channel::Console, Channel::Registration, Channel::PointOfSale, Channel::Import] {
            let need = |field: Field| rules.get(&field).unwrap_or_else(|| field.unset()).need(channel);
            if NAMING.iter().all(|field| need(*field) == Need::Off) {
                let wrong = "cannot be off with last name, company and email: a customer has one of them";
                fields.refuse(&format!("{}.{}", NAMING[0].name(), channel.name()), wrong);
            }
        }
        fields.into_result().map(|()| rules)
    }
}

impl Rule {
    fn parse(fields: &mut Fields, field: Field, message: &proto::FieldRule) -> Self {
        let (unset, name) = (field.unset(), field.name());
        let mut need = |channel: Channel, sent| {
            let need = Need::from_proto(sent).unwrap_or_else(|| unset.need(channel));
            if field == Field::Newsletter && need == Need::Required {
                let at = format!("{name}.{}", channel.name());
                fields.refuse(&at, "cannot be required: nobody has to take a newsletter");
            }
            need
        };
        let needs = [
            need(Channel::Console, message.console()),
            need(Channel::Registration, message.registration()),
            need(Channel::PointOfSale, message.point_of_sale()),
            need(Channel::Import, message.import()),
        ];
        let [console, registration, point_of_sale, import] = needs;
        let hint = fields.optional(&format!("{name}.hint"), &message.hint, Line::parse);
        let at = format!("{name}.pattern");
        let pattern = match (message.pattern.is_empty(), hint) {
            (true, None) => None,
            (true, Some(_)) => {
                fields.refuse(&format!("{name}.hint"), "is for a pattern, and there is none");
                None
            }
            (false, _) if !field.takes_pattern() => {
                fields.refuse(&at, "is not for this field, which is not written as people like");
                None
            }
            (false, None) => {
                fields.refuse(&format!("{name}.hint"), "is needed");
                None
            }
            (false, Some(hint)) => fields.keep(&at, Pattern::parse(&message.pattern, hint)),
        };
        Self { console, registration, point_of_sale, import, pattern }
    }
}

impl From<&FieldPolicy> for proto::FieldPolicy {
    fn from(policy: &FieldPolicy) -> Self {
        let mut message = Self {
            name: Name.resource_name(),
            etag: etag(Name.id(), policy.version),
            update_time: Some(timestamp(policy.updated_at)),
            ..Self::default()
        };
        for &field in Field::ALL {
            *field.rule_in_mut(&mut message) = Some(policy.rule(field).into());
        }
        message
    }
}

impl From<&Rule> for proto::FieldRule {
    fn from(rule: &Rule) -> Self {
        Self {
            console: rule.console.to_proto().into(),
            registration: rule.registration.to_proto().into(),
            point_of_sale: rule.point_of_sale.to_proto().into(),
            import: rule.import.to_proto().into(),
            pattern: rule.pattern.as_ref().map(|it| it.as_str().to_owned()).unwrap_or_default(),
            hint: rule.pattern.as_ref().map(|it| it.hint().to_string()).unwrap_or_default(),
        }
    }
}

impl Need {
    fn from_proto(need: field_rule::Need) -> Option<Self> {
        match need {
            field_rule::Need::Unspecified => None,
            field_rule::Need::Off => Some(Self::Off),
            field_rule::Need::Optional => Some(Self::Optional),
            field_rule::Need::Required => Some(Self::Required),
        }
    }

    fn to_proto(self) -> field_rule::Need {
        match self {
            Self::Off => field_rule::Need::Off,
            Self::Optional => field_rule::Need::Optional,
            Self::Required => field_rule::Need::Required,
        }
    }
}

impl Channel {
    /// Its name among those of a rule.
    fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Registration => "registration",
            Self::PointOfSale => "point_of_sale",
            Self::Import => "import",
        }
    }

    /// That of a creation; `None` where it says none.
    pub fn from_proto(channel: customer::Channel) -> Option<Self> {
        match channel {
            customer::Channel::Unspecified => None,
            customer::Channel::Console => Some(Self::Console),
            customer::Channel::Registration => Some(Self::Registration),
            customer::Channel::PointOfSale => Some(Self::PointOfSale),
            customer::Channel::Import => Some(Self::Import),
        }
    }

    /// As customers show it.
    pub fn to_proto(self) -> customer::Channel {
        match self {
            Self::Console => customer::Channel::Console,
            Self::Registration => customer::Channel::Registration,
            Self::PointOfSale => customer::Channel::PointOfSale,
            Self::Import => customer::Channel::Import,
        }
    }
}
