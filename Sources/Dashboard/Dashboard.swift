import ArgumentParser
import Glibc

@main
struct Main {
    static func main() {
        // A reader that goes away (`looptop ls | head`) is seen as EPIPE where we write.
        signal(SIGPIPE, SIG_IGN)
        Looptop.main()
    }
}
