import Discovery
import Model
import TestSupport
import Testing

/// What cgroup paths say: shapes as engines, drivers and versions of the kernel make them.
struct CgroupPlaceTests {
    private static let id = "3f8c1b0a5e7d924610ff8e2d4c6b7a9903152738495a6b7c8d9e0f1a2b3c4d5e"
    private static let other = "aa8c1b0a5e7d924610ff8e2d4c6b7a9903152738495a6b7c8d9e0f1a2b3c4d5e"
    private static let pod = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
    private static let burstable = "kubepods.slice/kubepods-burstable.slice"
    private static let kubelet = "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice"
    private static let podLine = "0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0"

    @Test(arguments: [
        ("/docker/\(id)", Manager.Kind.docker), ("/system.slice/docker-\(id).scope", .docker),
        ("/system.slice/docker-\(id).scope/init.scope", .docker), ("/docker/\(other)/docker/\(id)", .docker),
        ("/docker/\(id)/system.slice/web.service", .docker), ("/actions_job/\(id)", .docker),
        ("/../../docker/\(id)", .docker),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/docker-\(id).scope", .docker),
        ("/machine.slice/libpod-\(id).scope", .podman), ("/machine.slice/libpod-\(id).scope/container", .podman),
        ("/libpod_parent/libpod-\(id)", .podman), ("/libpod_parent/\(id)", .podman),
        ("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(id).scope", .podman),
        ("/system.slice/containerd.service/kubepods-burstable-pod\(podLine).slice:cri-containerd:\(id)", .containerd),
        ("/kubepods.slice/kubepods-pod\(podLine).slice/cri-containerd-\(id).scope", .containerd),
        ("/default/\(id)", nil), ("/k8s.io/\(id)", nil), ("/kubepods/besteffort/pod\(pod)/\(id)", nil),
        ("/kubepods/burstable/pod\(pod)/\(id)/kube-proxy", nil),
        ("/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(podLine).slice/crio-\(id).scope", nil),
        ("/ecs/0123abcd-ef01-2345-6789-abcdef012345/\(id)", nil),
    ])
    func findsTheContainer(path: String, engine: Manager.Kind?) {
        let place = CgroupPlace(parsing: path)
        #expect(place.container == .init(engine: engine, id: Self.id))
        #expect(place.unit == nil)
        #expect(place.instance == nil)
    }

    @Test(arguments: [
        "/", "", "/system.slice/web.service", "/machine.slice/libpod-conmon-\(id).scope", "/crio-conmon-\(id).scope",
        "/docker/\(id.dropLast())", "/docker/\(id)0", "/docker/\(id.dropLast())G", "/docker/\(id.uppercased())",
        "/system.slice/other-\(id).scope", "/user.slice/user-1000.slice/session-3.scope", "//", "/.scope", "/-.slice",
    ])
    func findsNoContainerWhereThereIsNone(path: String) {
        #expect(CgroupPlace(parsing: path).container == nil)
    }

    @Test(arguments: [
        ("/kubepods/besteffort/pod\(pod)/\(id)", CgroupPlace.QualityOfService.bestEffort),
        ("/kubepods/burstable/pod\(pod)/\(id)/kube-proxy", .burstable), ("/kubepods/pod\(pod)/\(id)", .guaranteed),
        (
            "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(podLine).slice/crio-\(id).scope",
            .bestEffort
        ),
        (
            "/\(burstable)/kubepods-burstable-pod\(podLine).slice/cri-containerd-\(id).scope",
            .burstable
        ),
        ("/kubepods.slice/kubepods-pod\(podLine).slice/cri-containerd-\(id).scope", .guaranteed),
        ("/system.slice/containerd.service/kubepods-burstable-pod\(podLine).slice:cri-containerd:\(id)", .burstable),
        ("/docker/\(other)/kubelet/kubepods/burstable/pod\(pod)/\(id)", .burstable),
        (
            "/\(kubelet)/kubelet-kubepods-burstable-pod\(podLine).slice/cri-containerd-\(id).scope",
            .burstable
        ),
    ])
    func findsThePod(path: String, quality: CgroupPlace.QualityOfService) {
        let place = CgroupPlace(parsing: path)
        #expect(place.pod == .init(uid: Self.pod, quality: quality))
        #expect(place.container?.id == Self.id)
    }

    @Test func aPodThatItsNodeKeepsHasDigitsOnly() {
        let digits = "0123456789abcdef0123456789abcdef"
        #expect(CgroupPlace(parsing: "/kubepods/burstable/pod\(digits)/\(Self.id)").pod?.uid == digits)
        #expect(CgroupPlace(parsing: "/kubepods/podium/x").pod == nil)
        #expect(CgroupPlace(parsing: "/system.slice/pod\(Self.pod).service").pod == nil)
    }

    @Test(arguments: [
        ("/system.slice/web.service", "web.service", nil as String?, nil as String?),
        ("/system.slice/system-web.slice/web@1.service", "web.service", "1", "web@.service"),
        ("/system.slice/system-web.slice/web@a\\x2db.service", "", "a\\x2db", "web@.service"),
        ("/system.slice/web.service/payload", "web.service", nil, nil),
        ("/system.slice/web.service/inner.scope", "web.service", nil, nil),  // made by the service (Delegate=yes)
        ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope", nil, nil),
        ("/system.slice/@1.service", "@1.service", nil, nil), ("/system.slice/web@.service", "web@.service", nil, nil),
    ])
    func findsTheUnit(path: String, unit: String, instance: String?, template: String?) {
        let place = CgroupPlace(parsing: path)
        #expect(place.unit == (template == nil ? unit : path.split(separator: "/").last.map(String.init)))
        #expect(place.instance == instance)
        #expect(place.template == template)
        #expect(place.userManager == nil)
    }

    @Test func findsTheUsersManager() {
        let place = CgroupPlace(parsing: "/user.slice/user-1000.slice/user@1000.service/app.slice/web@2.service")
        #expect(place.userManager == 1000)
        #expect(place.unit == "web@2.service")
        #expect(place.instance == "2")
        let window = CgroupPlace(parsing: "/user.slice/user-7.slice/user@7.service/app.slice/app-term-12.scope")
        #expect(window.userManager == 7)
        #expect(window.unit == "app-term-12.scope")
        #expect(window.instance == nil)
        let inner = "/user.slice/user-7.slice/user@7.service/app.slice/web.service/inner.scope"
        #expect(CgroupPlace(parsing: inner).unit == "web.service")
        #expect(CgroupPlace(parsing: "/user.slice/user-7.slice/user@7.service/init.scope").unit == "init.scope")
    }

    @Test func findsMachinesWhoseUnitsAreNotTheHosts() {
        #expect(CgroupPlace(parsing: "/lxc.payload.shop/system.slice/web.service").machine == "shop")
        #expect(CgroupPlace(parsing: "/lxc.payload.shop/system.slice/web.service").unit == nil)
        #expect(
            CgroupPlace(parsing: "/machine.slice/machine-shop.scope/payload/system.slice/x.service").machine == "shop")
        #expect(CgroupPlace(parsing: "/machine.slice/systemd-nspawn@shop.service/payload").machine == "shop")
    }

    @Test func readsWhateverThereIs() {
        var random = SeededGenerator(seed: printedSeed())
        let pieces = [
            "/", "docker", "-", ":", Self.id, "kubepods", "pod", Self.pod, Self.podLine, ".slice", ".scope", ".service",
            "@",
            "user@", "lxc.payload.", "\u{301}", "🦀", "conmon", "_", "libpod-",
        ]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &random)
            let path = (0..<count).compactMap { _ in pieces.randomElement(using: &random) }.joined()
            let place = CgroupPlace(parsing: path)
            if let container = place.container { #expect(container.id.utf8.count == 64) }
            if place.instance != nil { #expect(place.unit != nil && place.template != nil) }
        }
    }
}
