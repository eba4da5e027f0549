/// What `:set` changes, until the dashboard ends; the configuration is never written.
enum Setting: Hashable, Sendable {
    case mouse(Bool)

    static let all: [Setting] = [.mouse(true), .mouse(false)]

    /// As it is typed: `mouse on`.
    var text: String {
        switch self {
        case .mouse(let isOurs): isOurs ? "mouse on" : "mouse off"
        }
    }

    var meaning: String {
        switch self {
        case .mouse(true): "click, double click, wheel; Shift selects text"
        case .mouse(false): "the mouse is the terminal's"
        }
    }

    /// `nil` where there is no such setting.
    init?(_ text: String) {
        let words = text.split(separator: " ").joined(separator: " ")
        guard let setting = Self.all.first(where: { $0.text == words }) else { return nil }
        self = setting
    }
}
