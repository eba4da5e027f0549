import TestSupport
import Testing

@testable import Agent

@Suite struct XMLRPCAnswerTests {
    static func response(_ value: String) -> [UInt8] {
        Array(
            "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n\(value)\n</param>\n</params>\n</methodResponse>\n"
                .utf8)
    }

    static func fault(_ code: Int, _ text: String) -> [UInt8] {
        Array(
            """
            <?xml version='1.0'?>
            <methodResponse>
            <fault>
            <value><struct>
            <member>
            <name>faultCode</name>
            <value><int>\(code)</int></value>
            </member>
            <member>
            <name>faultString</name>
            <value><string>\(text)</string></value>
            </member>
            </struct></value>
            </fault>
            </methodResponse>
            """.utf8)
    }

    static let record = response(
        """
        <value><struct>
        <member><name>name</name><value><string>web &amp; &#60;co&#x3e;</string></value></member>
        <member><name>pid</name><value><int>4711</int></value></member>
        <member><name>state</name><value><i4>20</i4></value></member>
        <member><name>plain</name><value> as it is </value></member>
        <member><name>empty</name><value><string/></value></member>
        <member><name>list</name><value><array><data>
          <value><boolean>1</boolean></value><value><nil/></value>
        </data></array></value></member>
        </struct></value>
        """)

    @Test func aRecordIsRead() {
        let expected: [String: XMLRPCValue] = [
            "name": .string("web & <co>"), "pid": .number(4711), "state": .number(20), "plain": .string(" as it is "),
            "empty": .string(""), "list": .list([.bool(true), .nothing]),
        ]
        #expect(XMLRPCAnswer(parsing: Self.record) == .value(.record(expected)))
    }

    @Test func aFaultIsRead() {
        #expect(XMLRPCAnswer(parsing: Self.fault(10, "BAD_NAME: x")) == .fault(code: 10, text: "BAD_NAME: x"))
    }

    @Test func commentsAndCDataAreXMLToo() {
        let answer = Self.response("<!-- no -- comment --><value><string><![CDATA[a<b]]> c</string></value>")
        #expect(XMLRPCAnswer(parsing: answer) == .value(.string("a<b c")))
    }

    @Test func aNameCannotLeaveItsPlace() {
        let name = "x</string></value></param><param><value><string>&amp;"
        let call = XMLRPCAnswer.call("supervisor.stopProcess", [.string(name), .bool(true)])
        var reader = XMLReader(call)
        var texts: [String] = []
        var tags = 0
        while let token = try? reader.next() {
            switch token {
            case .text(let bytes): texts.append(String(decoding: bytes, as: UTF8.self))
            default: tags += 1
            }
        }
        #expect(texts == ["\n", "supervisor.stopProcess", name, "1", "\n"])
        #expect(tags == 18)
    }

    @Test(arguments: [
        "", "<methodResponse>", "<methodResponse/>", "<methodResponse><params/></methodResponse>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><methodResponse></methodResponse>",
        "<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>",
        "<methodResponse><params><param><value><int>99999999999999999999</int></value></param></params></methodResponse>",
        "<methodResponse><params><param><value>&bomb;</value></param></params></methodResponse>",
        "<methodResponse><params><param><value>&#xD800;</value></param></params></methodResponse>",
        "<methodResponse><params><param><value><string>a</int></value></param></params></methodResponse>",
        "<methodResponse><fault><value>no</value></fault></methodResponse>", "<", "<>", "</>", "<a", "&", "<!--", "<?",
    ])
    func whatIsNoAnswerIsNotTakenForOne(_ text: String) {
        #expect(XMLRPCAnswer(parsing: Array(text.utf8)) == nil)
    }

    @Test func depthIsBounded() {
        func nested(_ depth: Int) -> String {
            let open = String(repeating: "<value><array><data>", count: depth)
            let close = String(repeating: "</data></array></value>", count: depth)
            return open + "<value>1</value>" + close
        }
        #expect(XMLRPCAnswer(parsing: Self.response(nested(3))) != nil)
        #expect(XMLRPCAnswer(parsing: Self.response(nested(XMLRPCAnswer.maximumDepth))) == nil)
        #expect(XMLRPCAnswer(parsing: Self.response(nested(2000))) == nil)
    }

    /// It returns, whatever the bytes are; nothing else is to be seen.
    @Test(arguments: 1...40) func noiseDoesNoHarm(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for round in 0..<100 {
            switch round % 3 {
            case 0: _ = XMLRPCAnswer(parsing: random.noise(Int.random(in: 0...300, using: &random)))
            case 1: _ = XMLRPCAnswer(parsing: random.mutant(of: Self.record))
            default: _ = XMLRPCAnswer(parsing: random.mutant(of: Self.fault(70, "NOT_RUNNING: a:b")))
            }
        }
    }
}
