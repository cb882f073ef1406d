// The versions that Google's samples for LiteRT 2.3.0 have.
plugins {
    id("com.android.application") version "8.9.1" apply false
    id("org.jetbrains.kotlin.android") version "2.2.21" apply false
}
