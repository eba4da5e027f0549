import Testing

@testable import Agent

@Suite struct ConfigurationSummaryTests {
    @Test func saysWhatWasUnderstood() throws {
        let configuration = try ConfigurationTests.parse(
            """
            { hostName: "web-1", interval: 2, listen: ["0.0.0.0:7433"], metricsListen: "localhost:9434", readOnly: false, apps: {
              web: { match: { command: "gunicorn", unit: "web.service", user: 33 }, rename: "shop", expected: 1,
                     restart: { signal: "QUIT", grace: "30s", within: "2m" },
                     reload: { command: ["systemctl", "re load", ""] },
                     ready: { command: ["true"] }, runAs: 33, thresholds: { lag: "500ms" },
                     rules: [{ when: "memory > 1GiB for 2m", do: "restart" }] },
              cron: { hide: true },
            } }
            """)
        #expect(
            ConfigurationSummary(configuration).lines == [
                "host name: web-1", "interval: 2.0 s", "listens on: 0.0.0.0:7433",
                "metrics on: localhost:9434", "read-only: no", "app web",
                "  is: command ~ /gunicorn/, unit web.service, user 33", "  shown as: shop", "  expected: 1 worker",
                "  restart: SIGQUIT, grace 30s, a new one within 2m", "  reload: systemctl 're load' ''",
                "  ready: true", "  commands run as user: 33",
                "  when memory > 1GiB for 2m: restart, then not for 10m, at most 3 an hour",
                "  when lag > 500ms for 30s: tell", "app cron", "  is: what is found under this name", "  hidden",
            ])
        #expect(ConfigurationSummary(Configuration()).lines == [])
    }
}
