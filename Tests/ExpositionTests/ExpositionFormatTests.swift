import Testing

@testable import Exposition

@Suite struct ExpositionFormatTests {
    static let prometheus3 =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
        + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"

    static let answers: [(String?, ExpositionFormat?)] = [
        (nil, .prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/html, */*;q=0.1", .prometheus),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
        ("Application/OpenMetrics-Text", .openMetrics), ("application/*", .openMetrics),
        (prometheus3, .openMetrics), ("text/plain;q=0.9,application/openmetrics-text;q=0.8", .prometheus),
        ("text/plain, application/openmetrics-text", .prometheus),
        ("application/openmetrics-text, text/plain", .openMetrics),
        ("application/openmetrics-text;version=2.0.0, text/plain;q=0.1", .prometheus),
        ("text/plain;version=1.0.0", nil), ("text/plain;q=0", nil), ("text/html", nil), ("application/json", nil),
        ("text/plain;q=x", nil), (",;,", nil),
    ]

    @Test(arguments: answers) func takesWhatIsWantedMost(accept: String?, format: ExpositionFormat?) {
        #expect(ExpositionFormat(accept: accept) == format)
    }

    @Test func saysWhatItIs() {
        #expect(ExpositionFormat.prometheus.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(
            ExpositionFormat.openMetrics.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }
}
