package authenticator.scenarios

import authenticator.ffi.UserAnswer
import authenticator.ffi.VerificationSetup
import authenticator.passkeys.CeremonyFailed
import authenticator.passkeys.Passkeys
import authenticator.passkeys.Person
import java.io.File
import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking

private const val USAGE = """usage:
  scenarios FOLDER             the scenario list
  memory FOLDER CEREMONIES     memory stays flat
  threads FOLDER EACH SECONDS  eight threads lose nothing
  create|get --origin URL --options FILE --store DIR --user verify|approve
                               like the command line tool, for the relying-party judges"""

fun main(arguments: Array<String>) {
    val folder = File(arguments.getOrElse(1) { "" })
    when (arguments.firstOrNull()) {
        "scenarios" -> Scenarios(folder).run()
        "restore" -> Scenarios(folder).restoreHere()
        "memory" -> Load(folder).memory(arguments[2].toInt())
        "threads" -> Load(folder).threads(arguments[2].toInt(), arguments[3].toLong())
        "create", "get" -> ceremony(arguments)
        else -> {
            System.err.println(USAGE)
            exitProcess(2)
        }
    }
}

private fun ceremony(arguments: Array<String>) = runBlocking {
    val options = arguments.drop(1).chunked(2).associate { (name, value) -> name to value }
    val verified = options.getValue("--user") == "verify"
    val setup = if (verified) VerificationSetup.CONFIGURED else VerificationSetup.UNSUPPORTED
    val store = File(options.getValue("--store"))
    val json = File(options.getValue("--options")).readText()
    val caller = page(options.getValue("--origin"))
    val person = Person { _, _ -> UserAnswer.Approved(verified, null) }
    try {
        Passkeys.open(storePath(store), deviceKey(store), settings(verification = setup)).use { passkeys ->
            println(
                if (arguments[0] == "create") passkeys.create(json, caller, person) else passkeys.get(json, caller, person),
            )
        }
    } catch (failed: CeremonyFailed) {
        System.err.println("${failed.failure.domException}: ${failed.message}")
        exitProcess(1)
    }
}
