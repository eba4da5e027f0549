import Model
import Wire

/// COMMAND, and OUTCOME with every shape of verdict.
extension Vector {
    static let commands: [Vector] = [
        Vector(
            name: "command",
            message: .command(Samples.command),
            hex: """
                0000003e0b010000c0ffee0000000000000000000000002a01015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0400
                0180a8d6b907000080acc7f03780c8afa025
                """),
        Vector(
            name: "command-roll",
            message: .command(ControlSamples.roll),
            hex: """
                0000006c0b010000c0ffee0000000000000000000000002a02025eb025f78f4e4d0a9c1d2b3a4c5d6e7f096e6f64653a
                3433303001cc21b0fa04020180a8d6b907078084af5f02b817072f6865616c7468111111111111111122222222222222
                22046c65616b80acc7f03780c8afa025
                """),
        Vector(
            name: "command-scale",
            message: .command(ControlSamples.scale),
            hex: """
                0000004b0b010000c0ffee0000000000000000000000002a05025eb025f78f4e4d0a9c1d2b3a4c5d6e7f096e6f64653a
                3433303001cc21b0fa040901010180a8d6b907000080acc7f03780c8afa025
                """),
        Vector(
            name: "outcome",
            message: .outcome(Samples.outcome),
            hex: """
                000000650d010000c0ffee0000000000000000000000002a01015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0408
                757365722f61646101020f80897a0980c8afa0250f80daa3a22502095eb025f78f4e4d0a9c1d2b3a4c5d6e7f8927b2ac
                8f0480adca97260000
                """),
        Vector(
            name: "outcome-refused",
            message: .outcome(
                Outcome(
                    id: Samples.commandID, action: .restart, target: .worker(Samples.worker), issuer: "uid/1000",
                    verdict: .refused(.role(app: "web", needed: .operator, has: .viewer)))),
            hex: """
                0000003c0d010000c0ffee0000000000000000000000002a01015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0408
                7569642f313030300401037765620201
                """),
        Vector(
            name: "outcome-orphan",
            message: .outcome(
                ControlSamples.outcome(
                    .restart, .worker(Samples.worker),
                    of: .orphanHoldsPort(ControlSamples.polite, ControlSamples.orphan))),
            hex: """
                000000680d010000c0ffee0000000000000000000000002a01015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0408
                757365722f61646107010f80897a018087a70e0020746865206e6577206d617374657220656e6465643a204541444452
                494e555345961ff1a204b817
                """),
        Vector(
            name: "outcome-interrupted",
            message: .outcome(
                ControlSamples.outcome(.restart, .worker(Samples.worker), of: .interrupted(ControlSamples.interruption))
            ),
            hex: """
                000000720d010000c0ffee0000000000000000000000002a01015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0408
                757365722f6164610c01015eb025f78f4e4d0a9c1d2b3a4c5d6e7f8927b2ac8f040223736c6f7420323a206120736967
                6e616c206d61792068617665206265656e2073656e74
                """),
        Vector(
            name: "outcome-done",
            message: .outcome(
                ControlSamples.outcome(.scale, ControlSamples.groupTarget, of: .done(ControlSamples.groupEvidence))),
            hex: """
                0000005e0d010000c0ffee0000000000000000000000002a05025eb025f78f4e4d0a9c1d2b3a4c5d6e7f096e6f64653a
                3433303001cc21b0fa0408757365722f6164610d02010101010080bcc1960b1254544f5520746f20746865206d617374
                6572
                """),
        Vector(
            name: "outcome-rolled",
            message: .outcome(
                ControlSamples.outcome(.roll, ControlSamples.groupTarget, of: .rolled(ControlSamples.failedRoll))),
            hex: """
                000000770d010000c0ffee0000000000000000000000002a02025eb025f78f4e4d0a9c1d2b3a4c5d6e7f096e6f64653a
                3433303001cc21b0fa0408757365722f6164610fc0ffee0000000000000000000000002a0408757365722f6164610801
                0012736c6f7420323a206372617368206c6f6f708080bc8ac9d213
                """),
        Vector(
            name: "outcome-planned",
            message: .outcome(
                ControlSamples.outcome(.restart, .worker(Samples.worker), of: .planned(ControlSamples.plan))),
            hex: """
                000000d70d010000c0ffee0000000000000000000000002a01015eb025f78f4e4d0a9c1d2b3a4c5d6e7fd821d2fa0408
                757365722f61646110011a61206e657720776f726b6572206c6976657320666f722032207301196e6f20726573746172
                74206f6620697420776173207365656e0301d821d2fa0408776f726b65722031010f0001d821d2fa0408776f726b6572
                203101091d616674657220313020732c206966206974207374696c6c206c6976657300076d616e61676572021c737973
                74656d63746c2072656c6f6164207765622e736572766963650000
                """),
    ]
}
