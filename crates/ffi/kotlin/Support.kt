package authenticator.scenarios

import authenticator.ffi.AttestationSetup
import authenticator.ffi.Caller
import authenticator.ffi.KeyBackend
import authenticator.ffi.Settings
import authenticator.ffi.VerificationSetup
import java.io.File
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import java.security.SecureRandom
import java.util.Base64

/** Random, and the same in every version of this program. */
private val AAGUID = Base64.getDecoder().decode("lkFzqk1OQ4i1Yq5sM2RkCg==")

const val ORIGIN = "https://login.example.com"

fun page(origin: String): Caller = Caller.Web(origin, null, false)

val SITE = page(ORIGIN)

const val REQUEST_OPTIONS =
    """{"rpId":"example.com","challenge":"EBESExQVFhcYGRobHB0eHw","userVerification":"required"}"""

fun creationOptions(user: String, residentKey: String = "required", exclude: String? = null): String {
    val id = Base64.getUrlEncoder().withoutPadding().encodeToString(user.toByteArray())
    val excluded = exclude?.let { """{"type":"public-key","id":"$it"}""" } ?: ""
    return """{"rp":{"id":"example.com","name":"Example"},
        "user":{"id":"$id","name":"ada","displayName":"Ada"},
        "challenge":"AAECAwQFBgcICQoLDA0ODw","attestation":"direct","timeout":600000,
        "pubKeyCredParams":[{"type":"public-key","alg":-7}],
        "authenticatorSelection":{"residentKey":"$residentKey"},
        "excludeCredentials":[$excluded]}"""
}

fun settings(
    hostKeys: Boolean = false,
    verification: VerificationSetup = VerificationSetup.CONFIGURED,
): Settings {
    val keys = if (hostKeys) KeyBackend.Host(listOf(-7L)) else KeyBackend.Software
    return Settings(AAGUID, verification, keys, AttestationSetup.SELF_SIGNED)
}

fun storePath(folder: File): String = File(folder, "passkeys.db").path

/** Kept beside the store, as only a test may. */
fun deviceKey(folder: File): ByteArray {
    val file = File(folder, "device.key").toPath()
    if (!Files.exists(file)) {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
        Files.write(file, ByteArray(32).also { SecureRandom().nextBytes(it) })
    }
    return Files.readAllBytes(file)
}

/** A member of a response whose value is a string. */
fun member(json: String, name: String): String =
    checkNotNull(Regex("\"$name\":\"([^\"]*)\"").find(json)) { "no $name" }.groupValues[1]
