import ProcFS
import TestSupport
import Testing

struct RedactorTests {
    private static let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let pem = "-----BEGIN PRIVATE KEY-----\nMIIEhunter2\n-----END PRIVATE KEY-----"
    private static let awsSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

    /// `hunter2` is the secret wherever it stands.
    private static let corpus: [(arguments: [String], expected: [String])] = [
        // Options with a value in the next argument.
        (["serve", "--password", "hunter2", "-v"], ["serve", "--password", "‹redacted›", "-v"]),
        (["serve", "-token", "hunter2"], ["serve", "-token", "‹redacted›"]),
        (["serve", "--db-password", "hunter2"], ["serve", "--db-password", "‹redacted›"]),
        (["serve", "--api_key", "hunter2"], ["serve", "--api_key", "‹redacted›"]),
        (["serve", "--API-KEY", "hunter2"], ["serve", "--API-KEY", "‹redacted›"]),
        (["serve", "--private-key", "hunter2"], ["serve", "--private-key", "‹redacted›"]),
        (["serve", "--auth", "-hunter2"], ["serve", "--auth", "‹redacted›"]),
        (["serve", "--auth", "-token", "hunter2"], ["serve", "--auth", "-token", "‹redacted›"]),
        (["serve", "--token", "--password", "hunter2"], ["serve", "--token", "--password", "‹redacted›"]),
        (["serve", "--token", "--port", "80"], ["serve", "--token", "--port", "80"]),
        (["serve", "--token"], ["serve", "--token"]),
        // Assignments.
        (["serve", "--password=hunter2"], ["serve", "--password=‹redacted›"]),
        (["serve", "--password=two hunter2 words"], ["serve", "--password=‹redacted›"]),
        (["serve", "PASSWORD=hunter2"], ["serve", "PASSWORD=‹redacted›"]),
        (["env", "AWS_SECRET_ACCESS_KEY=hunter2", "x"], ["env", "AWS_SECRET_ACCESS_KEY=‹redacted›", "x"]),
        (["java", "-Dspring.datasource.password=hunter2"], ["java", "-Dspring.datasource.password=‹redacted›"]),
        (["serve", "--env=DB_PASSWORD=hunter2"], ["serve", "--env=DB_PASSWORD=‹redacted›"]),
        (["psql", "host=db password=hunter2 port=1"], ["psql", "host=db password=‹redacted› port=1"]),
        (["curl", "/v1?page=2&token=hunter2&size=3"], ["curl", "/v1?page=2&token=‹redacted›&size=3"]),
        (
            ["curl", #"{"user": "ada", "password": "hunter2"}"#],
            ["curl", #"{"user": "ada", "password": "‹redacted›"}"#]
        ),
        (["curl", #"{"password":"a\"hunter2","x":1}"#], ["curl", #"{"password":"‹redacted›","x":1}"#]),
        (["curl", "password: 'hunter2 more' x"], ["curl", "password: '‹redacted›' x"]),
        (["sh", "-c", "serve --token hunter2 --port 80"], ["sh", "-c", "serve --token ‹redacted› --port 80"]),
        (["sh", "-c", "serve --token 'hunter2"], ["sh", "-c", "serve --token '‹redacted›"]),
        // What stands where a secret is expected says that the next word is one.
        (["sh", "-c", "serve --password= --token hunter2 x"], ["sh", "-c", "serve --password= ‹redacted› x"]),
        (["sh", "-c", "serve --auth --token 'hunter2 y' x"], ["sh", "-c", "serve --auth ‹redacted› x"]),
        (["x", "proxy token: Bearer hunter2 next"], ["x", "proxy token: ‹redacted› next"]),
        (["x", "X-Auth: x=bearer hunter2 next"], ["x", "X-Auth: ‹redacted› next"]),
        (["x", "a secret: password: hunter2 next"], ["x", "a secret: ‹redacted› next"]),
        (["x", "bearer Bearer hunter2 next"], ["x", "bearer ‹redacted› next"]),
        (["x", "a token: bearer"], ["x", "a token: ‹redacted›"]),
        // URLs.
        (["serve", "postgres://ada:hunter2@db/x"], ["serve", "postgres://ada:‹redacted›@db/x"]),
        (["serve", "redis://:hunter2@db:6379/0"], ["serve", "redis://:‹redacted›@db:6379/0"]),
        (["serve", "amqp://a:p@hunter2@mq/"], ["serve", "amqp://a:‹redacted›@mq/"]),
        (["serve", "db://a:hun/ter2@h/x"], ["serve", "db://a:‹redacted›@h/x"]),
        (
            ["serve", "--urls=mysql://a:hunter2@h/x,mysql://b:hunter2@i/y"],
            ["serve", "--urls=mysql://a:‹redacted›@h/x,mysql://b:‹redacted›@i/y"]
        ),
        (["serve", "http://host:8080/a@b", "http://host/", "http://ada@host/"], nil),
        // Headers.
        (["curl", "-H", "Authorization: Bearer hunter2"], ["curl", "-H", "Authorization: ‹redacted›"]),
        (["curl", "-H", "authorization: Basic hunter2"], ["curl", "-H", "authorization: ‹redacted›"]),
        (["curl", "-H", "X-Api-Key: hunter2"], ["curl", "-H", "X-Api-Key: ‹redacted›"]),
        (["serve", "bearer hunter2 next"], ["serve", "bearer ‹redacted› next"]),
        (["serve", "Bearer", "hunter2", "next"], ["serve", "Bearer", "‹redacted›", "next"]),
        // Shapes.
        (["serve", jwt, "x"], ["serve", "‹redacted›", "x"]),
        (["serve", "session=\(jwt)"], ["serve", "‹redacted›"]),
        (["serve", pem, "x"], ["serve", "‹redacted›", "x"]),
        (["serve", "a \(pem) b \(pem) c"], ["serve", "a ‹redacted› b ‹redacted› c"]),
        (["serve", "-----BEGIN RSA PRIVATE KEY----- hunter2"], ["serve", "‹redacted›"]),
        (
            ["x", "-----BEGIN", "PRIVATE", "KEY-----", "hunter2", "-----END", "PRIVATE", "KEY-----", "y"],
            ["x"] + Array(repeating: "‹redacted›", count: 7) + ["y"]
        ),
        (["serve", "AKIAIOSFODNN7EXAMPLE"], ["serve", "‹redacted›"]),
        (["serve", awsSecret], ["serve", "‹redacted›"]),
        (["serve", "x \(awsSecret) y"], ["serve", "x ‹redacted› y"]),
        // Nothing secret: untouched.
        (["node", "server.js", "--port", "3000"], nil),
        (["gunicorn", "--workers", "2", "-b", "127.0.0.1:8000", "wsgi:app"], nil),
        (["git", "checkout", "da39a3ee5e6b4b0d3255bfef95601890afd80709"], nil),
        (["serve", "--tokenizer", "bert", "--max-tokens", "4096", "--author", "ada"], nil),
        (["gunicorn", "token:app", "/etc/password/file", "--password-file", "/run/x"], nil),
        (["nginx: worker process"], nil), ([], nil), ([""], nil), (["a", "", "b"], nil),
    ].map { ($0.0, $0.1 ?? $0.0) }

    @Test func hidesSecretsAndNothingElse() {
        for (arguments, expected) in Self.corpus { #expect(Redactor.redact(arguments: arguments) == expected) }
    }

    @Test func noSecretOfTheCorpusSurvives() {
        for (arguments, _) in Self.corpus {
            let text = Redactor.redact(arguments: arguments).joined(separator: "\n")
            for secret in ["hunter2", Self.jwt, "MIIE", "AKIAIOSFODNN7EXAMPLE", Self.awsSecret] {
                #expect(!text.contains(secret), "\(arguments)")
            }
        }
    }

    @Test func redactingTwiceChangesNothing() {
        for (arguments, _) in Self.corpus {
            let once = Redactor.redact(arguments: arguments)
            #expect(Redactor.redact(arguments: once) == once)
        }
    }

    /// Arguments put together from the pieces that patterns look at, in any order.
    @Test func redactingTwiceChangesNothingWhateverTheArguments() {
        var random = SeededGenerator(seed: printedSeed())
        let pieces = [
            "--password", "-token", "password", "=", ":", " ", "\"", "'", "\\", "://", "@", "/", "?", "&", "-----BEGIN",
            "-----END", "-----", "KEY", "Bearer", "bearer ", "Authorization:", "eyJ", ".", "AKIAIOSFODNN7EXAMPLE",
            Self.awsSecret, Redactor.marker, "‹", "x", "hunter2", "12345678", "a_b-c", "\n", "é", "--", "-", "auth",
        ]
        for _ in 0..<3_000 {
            let arguments = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                    .joined()
            }
            let once = Redactor.redact(arguments: arguments)
            #expect(once.count == arguments.count)
            #expect(Redactor.redact(arguments: once) == once, "\(arguments)")
        }
    }

    /// A known secret behind each way to name it, among noise.
    @Test func aNamedSecretNeverSurvives() {
        var random = SeededGenerator(seed: printedSeed())
        let names = [
            "password", "passwd", "pwd", "secret", "token", "api-key", "api_key", "apikey", "auth", "credential",
        ]
        let letters = Array("abcXYZ019!$%^*()+,;<>?[]{}|~#/@é")
        for _ in 0..<400 {
            let name =
                (["", "db-", "my_"].randomElement(using: &random) ?? "") + (names.randomElement(using: &random) ?? "")
            let secret = "S3" + String((0..<12).map { _ in letters.randomElement(using: &random) ?? "x" }) + "S3"
            let forms = [
                ["--\(name)", secret], ["--\(name)=\(secret)"], ["\(name.uppercased())=\(secret)"],
                ["sh", "-c", "run --\(name) \(secret) x"], ["{\"\(name)\": \"\(secret)\"}"], ["Bearer \(secret)"],
            ]
            for form in forms {
                let text = Redactor.redact(arguments: ["serve"] + form + ["last"]).joined(separator: "\n")
                #expect(!text.contains(secret), "\(form)")
                #expect(text.hasPrefix("serve\n") && text.hasSuffix("\nlast"))
            }
        }
    }

    @Test func aLongArgumentBuiltAgainstUsEnds() {
        for piece in ["://a:", "-----BEGIN", "password=", "eyJ.", "Bearer ", "\"token\": \"", "--auth --auth "] {
            let text = String(repeating: piece, count: 8192 / piece.utf8.count)
            let once = Redactor.redact(arguments: [text])
            #expect(Redactor.redact(arguments: once) == once)
        }
    }
}
