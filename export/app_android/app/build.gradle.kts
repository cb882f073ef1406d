import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "com.example.edgegan"
    compileSdk = 36

    defaultConfig {
        applicationId = "com.example.{{name}}" // choose your own before you publish it
        minSdk = 23
        targetSdk = 36
        versionCode = 1
        versionName = "1.0"
    }

    // LiteRT maps models into memory, which it cannot do with compressed ones.
    androidResources {
        noCompress += "tflite"
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_17
    }
}

dependencies {
    implementation("com.google.ai.edge.litert:litert:2.3.0")
    implementation("com.google.ai.edge.litert:litert-gpu:2.3.0") // without it Accelerator.GPU finds nothing
    implementation("androidx.activity:activity:1.12.1")
    implementation("androidx.core:core:1.17.0")
    implementation("androidx.exifinterface:exifinterface:1.3.7")
}
