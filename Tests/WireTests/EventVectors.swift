import Model
import Wire

/// EVENT of every kind.
extension Vector {
    static let events: [Vector] = [
        Vector(
            name: "event-started",
            message: .event(Samples.event(.workerStarted(ControlSamples.managed, app: "web"))),
            hex: """
                000000860a010000078080bc8ac9d213808098bf84e1add73101015eb025f78f4e4d0a9c1d2b3a4c5d6e7f8927b2ac8f
                04cc2100096e6f64653a3433303002e807046e6f646502046e6f6465122f7372762f7765622f7365727665722e6a7384
                c0eff4e9a6add7310102097765623a7765625f32018727a8ac8f0401096e706d20737461727403776562
                """),
        Vector(
            name: "event-exited",
            message: .event(
                Samples.event(.workerExited(ControlSamples.otherPlace, status: .signal(9), oomKilled: true))),
            hex: """
                0000003e0a010000078080bc8ac9d213808098bf84e1add731025eb025f78f4e4d0a9c1d2b3a4c5d6e7fd921d8fa0403
                776562096e6f64653a343330300201020901
                """),
        Vector(
            name: "event-accepted",
            message: .event(
                Samples.event(
                    .commandAccepted(
                        id: Samples.commandID, action: .restart, target: .worker(Samples.worker), issuer: "user/ada"))),
            hex: """
                000000460a010000078080bc8ac9d213808098bf84e1add73103c0ffee0000000000000000000000002a01015eb025f7
                8f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0408757365722f616461
                """),
        Vector(
            name: "event-ended",
            message: .event(Samples.event(.commandEnded(Samples.outcome))),
            hex: """
                000000770a010000078080bc8ac9d213808098bf84e1add73104c0ffee0000000000000000000000002a01015eb025f7
                8f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0408757365722f61646101020f80897a0980c8afa0250f80daa3a22502095eb0
                25f78f4e4d0a9c1d2b3a4c5d6e7f8927b2ac8f0480adca97260000
                """),
        Vector(
            name: "event-hung",
            message: .event(Samples.event(.hung(ControlSamples.place))),
            hex: """
                0000003a0a010000078080bc8ac9d213808098bf84e1add731055eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0403
                776562096e6f64653a3433303001
                """),
        Vector(
            name: "event-hung-ended",
            message: .event(Samples.event(.hungEnded(ControlSamples.place, after: .milliseconds(7_300)))),
            hex: """
                0000003f0a010000078080bc8ac9d213808098bf84e1add731065eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0403
                776562096e6f64653a343330300180d2f4981b
                """),
        Vector(
            name: "event-orphan-found",
            message: .event(
                Samples.event(.orphanFound(app: "web", groupKey: "node:4300", ControlSamples.orphan, name: "node"))),
            hex: """
                000000300a010000078080bc8ac9d213808098bf84e1add7310703776562096e6f64653a34333030961ff1a204b81704
                6e6f6465
                """),
        Vector(
            name: "event-orphan-gone",
            message: .event(Samples.event(.orphanGone(app: "web", groupKey: "node:4300", ControlSamples.orphan))),
            hex: """
                0000002b0a010000078080bc8ac9d213808098bf84e1add7310803776562096e6f64653a34333030961ff1a204b817
                """),
        Vector(
            name: "event-roll",
            message: .event(Samples.event(.roll(ControlSamples.runningRoll, app: "web", groupKey: "node:4300"))),
            hex: """
                0000004a0a010000078080bc8ac9d213808098bf84e1add73109c0ffee0000000000000000000000002a010875736572
                2f61646108010102008080bc8ac9d21303776562096e6f64653a34333030
                """),
        Vector(
            name: "event-rule",
            message: .event(
                Samples.event(.rule(ControlSamples.place, rule: "memory > 1GiB for 2m", deed: "proposes a restart"))),
            hex: """
                000000620a010000078080bc8ac9d213808098bf84e1add7310a5eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0403
                776562096e6f64653a3433303001146d656d6f7279203e203147694220666f7220326d1270726f706f73657320612072
                657374617274
                """),
        Vector(
            name: "event-configuration",
            message: .event(Samples.event(.configuration("policy read again"))),
            hex: """
                000000280a010000078080bc8ac9d213808098bf84e1add7310b11706f6c696379207265616420616761696e
                """),
        Vector(
            name: "event-found",
            message: .event(Samples.event(.workerFound(ControlSamples.managed, app: "web"))),
            hex: """
                000000860a010000078080bc8ac9d213808098bf84e1add7310c015eb025f78f4e4d0a9c1d2b3a4c5d6e7f8927b2ac8f
                04cc2100096e6f64653a3433303002e807046e6f646502046e6f6465122f7372762f7765622f7365727665722e6a7384
                c0eff4e9a6add7310102097765623a7765625f32018727a8ac8f0401096e706d20737461727403776562
                """),
        Vector(
            name: "event-agent-started",
            message: .event(
                Samples.event(.agentStarted(version: "0.1.0", previous: RunEnd(.died, at: Samples.wall)))),
            hex: """
                000000270a010000078080bc8ac9d213808098bf84e1add7310d05302e312e300102808098bf84e1add731
                """),
        Vector(
            name: "event-audit",
            message: .event(Samples.event(.audit("audit.head: is gone"))),
            hex: """
                0000002a0a010000078080bc8ac9d213808098bf84e1add7310e1361756469742e686561643a20697320676f6e65
                """),
    ]
}
