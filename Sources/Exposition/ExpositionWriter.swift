/// Makes one text at a time, in buffers that are kept between scrapes.
public actor ExpositionWriter {
    private var exposition = Exposition()

    public init() {}

    public func text(
        of hosts: [ExposedHost], by process: ExportingProcess, as format: ExpositionFormat
    ) -> [UInt8] {
        exposition.render(hosts, by: process, as: format)
    }
}
