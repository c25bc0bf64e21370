//! The pictures in the README: their text is what the program shows.

use crate::{
    readme::read,
    support::{Project, redacted},
};

/// The lines of text in a picture of `docs/pictures`, without their colours.
fn lines(picture: &str) -> Vec<String> {
    let texts = picture.split("<text ").skip(1);
    let contents = texts.map(|rest| {
        let body = rest.split_once('>').expect("the end of a tag").1;
        body.split_once("</text>").expect("the end of a text").0
    });
    contents.map(plain).collect()
}

/// What is between the tags, and the characters that XML writes as entities.
fn plain(content: &str) -> String {
    let mut parts = content.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('>').expect("the end of a tag").1);
    let text = rest.fold(first, |text, part| text + part);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn the_pictures_show_what_the_program_shows() {
    let project = Project::quickstart();
    for (file, arguments) in [
        ("docs/pictures/plan.svg", &["plan", "-o", "plan.json"][..]),
        ("docs/pictures/apply.svg", &["apply", "plan.json"]),
    ] {
        let shown = project.terminal(arguments);
        let expected = format!("$ keyform {}\n{}", arguments.join(" "), shown.trim_end());
        assert_eq!(
            redacted(&lines(&read(file)).join("\n")),
            redacted(&expected),
            "{file} is not true any more: run docs/pictures/draw"
        );
    }
}

#[test]
fn the_readme_shows_the_pictures() {
    let readme = read("README.md");
    for file in ["docs/pictures/plan.svg", "docs/pictures/apply.svg"] {
        assert!(readme.contains(&format!("]({file})")), "{file}");
    }
}

#[test]
fn the_text_of_a_picture_is_read_without_its_tags() {
    let picture = "<svg><title>No line</title><text x=\"1\">a <tspan class=\"bold\">b</tspan>\
                   c</text>\n<text x=\"1\"></text><text x=\"1\">&lt;d&gt; &amp;lt;</text></svg>";
    assert_eq!(lines(picture), ["a bc", "", "<d> &lt;"]);
}
