import Console

/// What `looptop doctor` says of the terminal and the locale.
struct TerminalFindings {
    let survey: TerminalSurvey
    /// `nil` where no terminal controls this process.
    let answers: TerminalAnswers?

    private static let smallest = Size(rows: 24, columns: 80)

    var all: [Finding] {
        guard let answers else {
            let text = "No terminal is here; commands need none, only the dashboard does."
            return [Finding(.terminal, "there", .ok, text)] + locale
        }
        return kind + [size(answers)] + drawing(answers) + locale
    }

    private var kind: [Finding] {
        if let problem = survey.problem {
            return [Finding(.terminal, "kind", .fail, Finding.sentence(problem.description))]
        }
        let colors =
            switch survey.colors {
            case ..<8: "without colours, so that the theme is mono"
            case 8..<16: "with \(survey.colors) colours"
            default: "with \(survey.colors) colours, of which 16 are used"
            }
        return [Finding(.terminal, "kind", .ok, "TERM is \(survey.name), which is known here, \(colors).")]
    }

    private func size(_ answers: TerminalAnswers) -> Finding {
        guard let size = answers.size else {
            return Finding(
                .terminal, "size", .warn, "The terminal does not say how large it is.",
                advice: "The size of its description is used: stty rows 24 columns 80 tells it.")
        }
        let text = "The screen has \(size.columns) columns and \(size.rows) rows"
        if size.rows < Self.smallest.rows || size.columns < Self.smallest.columns {
            return Finding(
                .terminal, "size", .warn, text + ".",
                advice: "Below 80 columns and 24 rows less is shown; make it larger.")
        }
        return Finding(.terminal, "size", .ok, text + ".")
    }

    private func drawing(_ answers: TerminalAnswers) -> [Finding] {
        guard survey.problem == nil else { return [] }
        var found: [Finding] = []
        let glyphs = survey.glyphs.name
        switch answers.blockColumns {
        case _ where glyphs == "ascii":
            found.append(
                Finding(.terminal, "glyphs", .ok, "Graphs and lines are drawn with plain characters, the glyphs ascii.")
            )
        case 2?:
            found.append(
                Finding(
                    .terminal, "glyphs", .warn,
                    "Graphs are drawn with the glyphs \(glyphs), but a block is two columns wide here, which shifts tables.",
                    advice:
                        "Take plain characters: --glyphs ascii, or glyphs: \"ascii\" in config.json5; or make characters "
                        + "of ambiguous width narrow in the terminal's settings."))
        case 1?:
            found.append(
                Finding(
                    .terminal, "glyphs", .ok,
                    "Graphs are drawn with the glyphs \(glyphs), and a block is one column wide, as it must be."))
        case _:
            found.append(
                Finding(
                    .terminal, "glyphs", .ok,
                    "Graphs are drawn with the glyphs \(glyphs); the terminal does not say how wide a block is. "
                        + "Where tables are shifted, take --glyphs ascii."))
        }
        found.append(
            Finding(
                .terminal, "pictures", .ok,
                answers.isSynchronized
                    ? "It shows each picture as a whole (synchronized output)."
                    : "It does not say that it knows synchronized output, so a picture may be seen half drawn."))
        return found
    }

    private var locale: [Finding] {
        guard let variable = survey.locale else {
            return [
                Finding(.locale, "there", .ok, "No locale is set; names and texts are taken to be UTF-8.")
            ]
        }
        let named = "\(variable.name) is \(variable.value)"
        guard survey.isUnicode else {
            return [
                Finding(
                    .locale, "there", .warn, "\(named), which is not UTF-8: letters beyond ASCII are drawn as ?.",
                    advice: "Set it to a UTF-8 locale, for example \(variable.name)=C.UTF-8.")
            ]
        }
        guard survey.hasLocale else {
            return [
                Finding(
                    .locale, "there", .ok, "\(named), which this machine lacks; it is taken by its name, as UTF-8.")
            ]
        }
        return [Finding(.locale, "there", .ok, "\(named): names and texts are drawn as they are.")]
    }
}
