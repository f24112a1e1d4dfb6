//! The language as a JSON Schema (draft 2020-12), for editors that complete and check while a flow is being written.
//!
//! Made of the vocabulary alone. What only the reader can know is not in it: whether a name exists, where a call goes
//! round for ever, which languages the texts of this flow need.

use serde_json::{Map, Value, json};

use crate::language::Language;
use crate::notation::UNITS;

use super::Slot;
use super::vocabulary::{
    Bounds, Kind, MOST_CHARACTERS, MOST_DIGITS, MOST_TARGETS, MOST_WORDS_OF_A_PHRASE, Place, Shape, Word,
    known, words_of,
};

const NAME: &str = "^[A-Za-z0-9_-]{1,40}$";

/// No braces but those of placeholders, and nothing that cannot be spoken.
const SPEAKABLE: &str = concat!(
    r"^(?:[^{}\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]",
    r"|\{[A-Za-z0-9_-]{1,40}\})*$"
);

/// What a flow may look like.
pub fn schema() -> Value {
    let top: Vec<&Word> = words_of(Place::Top).collect();
    let mut schema = object(&top, |word| word.is_needed());
    schema.extend([
        ("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), json!("A flow of ringback: what the line does with a call")),
        ("$defs".to_owned(), definitions()),
    ]);
    Value::Object(schema)
}

fn definitions() -> Value {
    let name = |description: &str| json!({ "type": "string", "pattern": NAME, "description": description });
    let text = json!({
        "type": "string",
        "maxLength": MOST_CHARACTERS,
        "pattern": SPEAKABLE,
        "allOf": [{ "pattern": r"\S" }],
    });
    let steps: Vec<Value> = Kind::ALL.into_iter().map(step).collect();
    let start: Vec<&Word> = words_of(Place::Start).collect();
    let choice: Vec<&Word> = words_of(Place::Choice).collect();
    json!({
        "step-name": name("the name of a step, as in `[step.hello]`"),
        "area": name("an area that somebody is for in `ringback.toml`"),
        "target": name("a person, an area, a team, `on-duty`, or `last-person`"),
        "text": by_language(text),
        "file": by_language(json!({ "type": "string", "pattern": r"^[^./\\][^/\\]*\.(wav|mp3)$" })),
        "phrase": {
            "type": "string",
            "pattern": r"\p{L}",
            "allOf": [{ "pattern": format!(r"^\s*\S+(?:\s+\S+){{0,{}}}\s*$", MOST_WORDS_OF_A_PHRASE - 1) }],
        },
        "start": object(&start, |word| word.is_needed()),
        "choice": { "anyOf": [reference("step-name"), object(&choice, |word| word.is_needed())] },
        "step": { "type": "object", "oneOf": steps },
    })
}

/// A step of one kind.
fn step(kind: Kind) -> Value {
    let words: Vec<&Word> = words_of(Place::Step).filter(|word| word.stands_with(kind)).collect();
    let mut step = object(&words, |word| word.is_needed_with(kind));
    let title = match kind {
        Kind::Go => "a step that only leads on".to_owned(),
        Kind::Press
        | Kind::Ring
        | Kind::RingInTurn
        | Kind::Message
        | Kind::CallBack
        | Kind::Ask
        | Kind::Goodbye
        | Kind::Refuse => format!("a step with `{}`", kind.word()),
    };
    step.insert("title".to_owned(), json!(title));
    if known(Place::Step, "say").is_some_and(|say| say.stands_with(kind)) {
        step.insert("not".to_owned(), json!({ "required": ["say", "play"] }));
    }
    // The caller hears something: what the step says first, or what the word of its kind does.
    let spoken = match kind {
        Kind::Press => {
            let silent = json!({ "not": { "type": "object", "required": ["offer"] } });
            Some(json!({ "press": { "not": { "additionalProperties": silent } } }))
        }
        Kind::Ask => Some(json!({ "ask": { "not": { "const": true } } })),
        Kind::Ring
        | Kind::RingInTurn
        | Kind::Message
        | Kind::CallBack
        | Kind::Goodbye
        | Kind::Refuse
        | Kind::Go => None,
    };
    if let Some(spoken) = spoken {
        let ways = json!([{ "required": ["say"] }, { "required": ["play"] }, { "properties": spoken }]);
        step.insert("anyOf".to_owned(), ways);
    }
    Value::Object(step)
}

/// An object with these words and no others; those of two parts may be written with `_` as well.
fn object(words: &[&Word], needed: impl Fn(&Word) -> bool) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    let mut required = Vec::new();
    let mut required_either_way = Vec::new();
    for word in words {
        properties.insert(word.name.to_owned(), value(word));
        let parts: Vec<&str> = word.name.split('-').collect();
        if parts.len() > 1 {
            patterns.insert(format!("^{}$", parts.join("[-_]")), value(word));
        }
        match (needed(word), parts.len()) {
            (true, 1) => required.push(json!(word.name)),
            (true, _) => {
                let spelling = json!({ "type": "string", "pattern": format!("^{}$", parts.join("[-_]")) });
                required_either_way.push(json!({ "not": { "propertyNames": { "not": spelling } } }));
            }
            (false, _) => {}
        }
    }
    let object = json!({
        "type": "object",
        "properties": properties,
        "patternProperties": patterns,
        "required": required,
        "allOf": required_either_way,
        "additionalProperties": false,
    });
    let Value::Object(mut object) = object else { return Map::new() };
    object.retain(|_, value| !matches!(value, Value::Array(list) if list.is_empty()));
    object.retain(|_, value| !matches!(value, Value::Object(map) if map.is_empty()));
    object
}

/// The value of a word, with what an editor shows beside it.
fn value(word: &Word) -> Value {
    let mut value = shape(word.shape);
    value["description"] = json!(word.about);
    let example = toml::from_str::<Map<String, Value>>(&format!("it = {}", word.example));
    if let Some(example) = example.ok().and_then(|mut table| table.remove("it")) {
        value["examples"] = json!([example]);
    }
    value
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Languages => {
            let codes = json!({ "enum": Language::ALL.map(Language::code) });
            json!({
                "anyOf": [codes, { "type": "array", "items": codes, "minItems": 1, "uniqueItems": true }]
            })
        }
        Shape::Start => reference("start"),
        Shape::Steps => json!({
            "type": "object",
            "patternProperties": { NAME: reference("step") },
            "additionalProperties": false,
        }),
        Shape::StepName => reference("step-name"),
        Shape::Area => reference("area"),
        Shape::Text => reference("text"),
        Shape::TextOrTrue => json!({ "anyOf": [reference("text"), { "const": true }] }),
        Shape::File => reference("file"),
        Shape::Switch => json!({ "type": "boolean" }),
        Shape::True => json!({ "const": true }),
        Shape::Duration(bounds) => duration(bounds),
        Shape::Targets => one_or_more("target", MOST_TARGETS),
        Shape::Keys => json!({
            "type": "object",
            "patternProperties": { "^[1-9*#]$": reference("choice") },
            "additionalProperties": false,
            "minProperties": 1,
        }),
        Shape::Digits => {
            let most = format!("0*(?:[1-9]|1[0-9]|{MOST_DIGITS})");
            json!({ "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": MOST_DIGITS },
                { "type": "string", "pattern": format!(r"^\s*{most}(?:\s*[-–]\s*{most})?\s*$") },
            ] })
        }
        Shape::Answer => json!({
            "type": "string",
            "pattern": NAME,
            "not": { "enum": Slot::ALL.iter().map(Slot::word).collect::<Vec<_>>() },
        }),
        Shape::Words(most) => by_language(one_or_more("phrase", most)),
        Shape::WordsOrTrue(most) => {
            json!({ "anyOf": [{ "type": "boolean" }, by_language(one_or_more("phrase", most))] })
        }
    }
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

fn one_or_more(definition: &str, most: usize) -> Value {
    let list = json!({
        "type": "array",
        "items": reference(definition),
        "minItems": 1,
        "maxItems": most,
    });
    json!({ "anyOf": [reference(definition), list] })
}

/// The same once, or once per language.
fn by_language(one: Value) -> Value {
    let each: Map<String, Value> =
        Language::ALL.into_iter().map(|language| (language.code().to_owned(), one.clone())).collect();
    json!({
        "anyOf": [
            one,
            { "type": "object", "properties": each, "additionalProperties": false, "minProperties": 1 },
        ]
    })
}

/// A length of time. Of one that is written with its unit only the reader knows whether it is within bounds.
fn duration(bounds: Bounds) -> Value {
    let names = UNITS.iter().flat_map(|(names, _)| names.iter());
    let either_case = |name: &&str| -> String {
        name.chars().map(|letter| format!("[{letter}{}]", letter.to_ascii_uppercase())).collect()
    };
    let units: Vec<String> = names.map(either_case).collect();
    json!({ "anyOf": [
        { "type": "integer", "minimum": bounds.least, "maximum": bounds.most },
        { "type": "string", "pattern": format!(r"^\s*(?:\d+|(?:\d+\s*(?:{})\s*)+)\s*$", units.join("|")) },
    ] })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read;
    use super::super::vocabulary::WORDS;
    use super::*;

    /// Chance, as proptest gives and shrinks it.
    struct Dice {
        rolls: Vec<u16>,
        at: usize,
        phrases: u32,
        languages: Vec<&'static str>,
    }

    impl Dice {
        fn new(rolls: Vec<u16>) -> Self {
            let mut dice = Self { rolls, at: 0, phrases: 0, languages: Vec::new() };
            dice.languages = [vec![], vec!["fr"], vec!["en", "es"]][dice.roll(3)].clone();
            dice
        }

        fn roll(&mut self, sides: usize) -> usize {
            let roll = usize::from(self.rolls[self.at % self.rolls.len()]);
            self.at += 1;
            (roll + self.at / self.rolls.len()) % sides
        }

        fn pick<T: Clone>(&mut self, from: &[T]) -> T {
            from[self.roll(from.len())].clone()
        }

        /// No two choices of a flow share one.
        fn phrase(&mut self) -> Value {
            self.phrases += 1;
            let digits = self.phrases.to_string();
            json!(digits.bytes().map(|digit| char::from(digit - b'0' + b'a')).collect::<String>())
        }

        fn in_each_language(&mut self, mut one: impl FnMut(&mut Self) -> Value) -> Value {
            match (self.languages.len(), self.roll(2)) {
                (0, _) | (1, 0) => one(self),
                (_, _) => {
                    let each = self.languages.clone().into_iter();
                    Value::Object(each.map(|language| (language.to_owned(), one(self))).collect())
                }
            }
        }

        fn value(&mut self, shape: Shape) -> Value {
            match shape {
                Shape::Languages | Shape::Start | Shape::Steps => json!({}),
                Shape::StepName => json!("s0"),
                Shape::Area => json!("billing"),
                Shape::Text => self.in_each_language(|_| json!("Hi from {business}.")),
                Shape::TextOrTrue => match self.roll(3) {
                    0 => json!(true),
                    _ => self.value(Shape::Text),
                },
                Shape::File => self.in_each_language(|_| json!("hello.wav")),
                Shape::Switch => json!(self.roll(2) == 0),
                Shape::True => json!(true),
                Shape::Duration(bounds) => {
                    let least = bounds.least;
                    self.pick(&[
                        json!(bounds.most),
                        json!(format!("{least}s")),
                        json!(format!(" {least} SECS")),
                    ])
                }
                Shape::Targets => self.pick(&[json!("on-duty"), json!(["ana", "last-person"])]),
                Shape::Keys => {
                    let keys = ["1", "2", "*", "#"].into_iter().take(1 + self.roll(4));
                    Value::Object(keys.map(|key| (key.to_owned(), self.choice())).collect())
                }
                Shape::Digits => self.pick(&[json!(6), json!("4-8"), json!(" 1 - 20 ")]),
                Shape::Answer => self.pick(&[json!("job"), json!("room_number")]),
                Shape::Words(_) => self.in_each_language(|dice| json!([dice.phrase(), dice.phrase()])),
                Shape::WordsOrTrue(_) => match self.roll(2) {
                    0 => json!(true),
                    _ => self.in_each_language(Self::phrase),
                },
            }
        }

        fn choice(&mut self) -> Value {
            if self.roll(4) == 0 {
                return json!("s0");
            }
            let words: Vec<&Word> = words_of(Place::Choice).collect();
            self.words(&words, |word| word.is_needed())
        }

        fn words(&mut self, words: &[&'static Word], needed: impl Fn(&Word) -> bool) -> Value {
            let mut all = Map::new();
            for word in words {
                if needed(word) || self.roll(2) == 0 {
                    let name =
                        if self.roll(4) == 0 { word.name.replace('-', "_") } else { word.name.to_owned() };
                    all.insert(name, self.value(word.shape));
                }
            }
            Value::Object(all)
        }

        fn flow(&mut self) -> Value {
            let start: Vec<&Word> = words_of(Place::Start).collect();
            let mut flow = json!({ "start": self.words(&start, |word| word.is_needed()), "step": {} });
            if !self.languages.is_empty() {
                flow["languages"] = json!(self.languages);
            }
            for index in 0..1 + self.roll(5) {
                let kind = self.pick(&Kind::ALL);
                let words: Vec<&Word> = words_of(Place::Step).filter(|word| word.stands_with(kind)).collect();
                flow["step"][format!("s{index}")] = self.words(&words, |word| word.is_needed_with(kind));
            }
            flow
        }

        /// Changes a table of the flow, perhaps so that it is none any more.
        fn damage(&mut self, flow: &mut Value) {
            let mut tables = vec!["/start".to_owned()];
            for (name, step) in flow["step"].as_object().expect("steps") {
                tables.push(format!("/step/{name}"));
                let keys = step.get("press").and_then(Value::as_object);
                let keys = keys.into_iter().flatten().filter(|(_, choice)| choice.is_object());
                tables.extend(keys.map(|(key, _)| format!("/step/{name}/press/{key}")));
            }
            let path = self.pick(&tables);
            let Some(table) = flow.pointer_mut(&path).and_then(Value::as_object_mut) else { return };
            let names: Vec<String> = table.keys().cloned().collect();
            match self.roll(4) {
                0 => _ = table.insert("zzz".to_owned(), json!("x")),
                1 if !names.is_empty() => _ = table.remove(&self.pick(&names)),
                2 if !names.is_empty() => {
                    let name = self.pick(&names);
                    let wrong = self.wrong(&name);
                    table.insert(name, wrong);
                }
                _ => {
                    let word = self.pick(WORDS);
                    let is_there = names.iter().any(|name| name.replace('_', "-") == word.name);
                    if word.home != super::super::Home::Top && !is_there {
                        table.insert(word.name.to_owned(), self.value(word.shape));
                    }
                }
            }
        }

        /// A value that fits few words.
        fn wrong(&mut self, name: &str) -> Value {
            let mut values = vec![
                json!([[]]),
                json!(2.5),
                json!({}),
                json!(0),
                json!(99_999),
                json!([]),
                json!(true),
                json!(false),
            ];
            let shapes: Vec<Shape> = WORDS
                .iter()
                .filter(|word| word.name == name.replace('_', "-"))
                .map(|word| word.shape)
                .collect();
            let names = |shape: &Shape| {
                matches!(shape, Shape::StepName | Shape::Area | Shape::Targets | Shape::Answer | Shape::Keys)
            };
            // Whether a name exists, and in which languages a text must be, is the reader's to know.
            if !shapes.iter().any(names) && self.languages.len() < 2 {
                values.extend([
                    json!(""),
                    json!("20 bananas"),
                    json!(" "),
                    json!("{business"),
                    json!("{{x}}"),
                ]);
                values.extend([json!("../up.wav"), json!("one two three four five six")]);
                values.extend([json!([self.phrase(), "4711"]), json!("a\u{7}")]);
                // A pattern tells a time from other words, and not a long one from a short one.
                if !shapes.iter().any(|shape| matches!(shape, Shape::Duration(_))) {
                    values.extend([json!("4711"), json!("21")]);
                }
            }
            self.pick(&values)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_024))]

        #[test]
        fn what_the_reader_reads_is_what_the_schema_allows(
            rolls in prop::collection::vec(any::<u16>(), 40..200),
            damages in 0_usize..4,
        ) {
            thread_local! {
                static SCHEMA: jsonschema::Validator = jsonschema::draft202012::new(&schema()).expect("a schema");
            }
            let mut dice = Dice::new(rolls);
            let mut flow = dice.flow();
            for _ in 0..damages {
                dice.damage(&mut flow);
            }
            let source = toml::to_string(&flow).expect("TOML");
            let (_, problems) = read::read("flow", &source);
            let refused = SCHEMA.with(|schema| schema.iter_errors(&flow).map(|error| error.to_string()).next());
            prop_assert_eq!(
                problems.has_errors(), refused.is_some(),
                "{}\nreader: {}\nschema: {:?}", source, problems, refused
            );
            prop_assert!(damages > 0 || !problems.has_errors() || problems.to_string().contains("hears nothing")
                || problems.to_string().contains("asks nothing") || problems.to_string().contains("not both"),
                "{}\n{}", source, problems);
        }
    }

    #[test]
    fn every_word_has_an_example_that_its_shape_allows() {
        let whole = schema();
        for word in WORDS {
            let example: Map<String, Value> =
                toml::from_str(&format!("it = {}", word.example)).expect(word.name);
            let mut of_word = shape(word.shape);
            of_word["$defs"] = whole["$defs"].clone();
            let schema = jsonschema::draft202012::new(&of_word).expect(word.name);
            assert!(schema.is_valid(&example["it"]), "{}: {}", word.name, word.example);
        }
    }

    #[test]
    fn it_is_a_schema() {
        assert!(jsonschema::meta::is_valid(&schema()));
    }
}
