import Model
import Testing

@Suite struct RowTests {
    @Test func aNewRowKnowsNothing() {
        let row = WorkerRow()
        for field in WorkerField.allCases { #expect(row[field] == nil) }
    }

    @Test func zeroIsKnown() {
        var row = WorkerRow()
        row[.threads] = 0
        #expect(row[.threads] == 0)
        row[.threads] = nil
        #expect(row == WorkerRow())
    }

    @Test func growthNeedsBothSidesAndNeverShrinks() {
        var (old, new) = (WorkerRow(), WorkerRow())
        #expect(new.growth(of: .cpuNanoseconds, since: old) == nil)
        new[.cpuNanoseconds] = 10
        #expect(new.growth(of: .cpuNanoseconds, since: old) == nil)
        old[.cpuNanoseconds] = 4
        #expect(new.growth(of: .cpuNanoseconds, since: old) == 6)
        old[.cpuNanoseconds] = 11
        #expect(new.growth(of: .cpuNanoseconds, since: old) == nil)
    }

    @Test func aRateNeedsTimeToPass() {
        var (old, new) = (WorkerRow(), WorkerRow())
        old[.readBytes] = 100
        new[.readBytes] = 300
        #expect(new.rate(of: .readBytes, since: old, over: .seconds(2)) == 100)
        #expect(new.rate(of: .readBytes, since: old, over: .zero) == nil)
        #expect(new.rate(of: .readBytes, since: old, over: .seconds(-1)) == nil)
    }

    @Test func aColumnChangedWhereBothKnowIt() {
        var (old, new) = (WorkerRow(), WorkerRow())
        (old[.threads], new[.threads]) = (3, 4)
        (old[.openFiles], new[.openFiles]) = (9, 9)
        old[.readBytes] = 1
        new[.writtenBytes] = 1
        #expect(new.columnsChanged(since: old) == 1 << UInt32(WorkerField.threads.rawValue))
        #expect(new.columnsChanged(since: new) == 0)
    }

    @Test func columnNumbersAreDistinctAndFit() {
        func check<Field: RowField>(_: Field.Type) {
            let numbers = Field.allCases.map(\.rawValue)
            #expect(Set(numbers).count == numbers.count)
            for number in numbers { #expect((0..<Row<Field>.capacity).contains(number)) }
        }
        check(WorkerField.self)
        check(GroupField.self)
        check(HostField.self)
        // 31 stands for the stretches among a worker's changes on the wire.
        for field in WorkerField.allCases { #expect(field.rawValue < 31) }
        for field in GroupField.allCases { #expect(field.rawValue < 31) }
    }
}
