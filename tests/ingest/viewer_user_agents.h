#pragma once

// User agents of viewers and what they say; an empty text is unknown.
namespace playhead::ingest {

struct ViewerUserAgent {
  const char* text;
  const char* device;
  const char* operating_system;
  const char* browser;
};

// clang-format off
inline constexpr ViewerUserAgent kViewerUserAgents[] = {
    // Computers.
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "computer", "Windows 10", "Chrome 142"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "computer", "Windows 10", "Edge 142"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "computer", "Windows 10", "Firefox 145"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0", "computer", "Windows 10", "Opera 125"},
    {"Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko", "computer", "Windows 8.1", "IE 11"},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "computer", "Mac OS X 10.15", "Safari 18"},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "computer", "Mac OS X 10.15", "Chrome 142"},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "computer", "Linux", "Chrome 142"},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36", "computer", "Linux", "HeadlessChrome 156"},
    {"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "computer", "Ubuntu", "Firefox 145"},
    {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "computer", "Chrome OS 14541", "Chrome 142"},
    // Phones.
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "mobile", "iOS 18", "Mobile Safari 18"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1", "mobile", "iOS 18", "Chrome Mobile iOS 142"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/132.0 Mobile/15E148 Safari/605.1.15", "mobile", "iOS 17", "Firefox iOS 132"},
    {"AppleCoreMedia/1.0.0.21F79 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us)", "mobile", "iOS 17", "Mobile Safari UI/WKWebView"},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "mobile", "Android 10", "Chrome Mobile 142"},
    {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36", "mobile", "Android 14", "Chrome Mobile 126"},
    {"Mozilla/5.0 (Linux; Android 15; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "mobile", "Android 15", "Samsung Internet 28"},
    {"Mozilla/5.0 (Linux; Android 15; Pixel 9 Pro Build/AP4A.250205.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.48 Mobile Safari/537.36", "mobile", "Android 15", "Chrome Mobile WebView 142"},
    {"Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "mobile", "Android 15", "Firefox Mobile 145"},
    {"Dalvik/2.1.0 (Linux; U; Android 14; SM-A546B Build/UP1A.231005.007)", "mobile", "Android 14", "Android 14"},
    {"Mozilla/5.0 (Mobile; Nokia_2720_Flip; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.2", "mobile", "KaiOS 2", "Firefox Mobile 48"},
    // Tablets.
    {"Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "tablet", "iOS 18", "Mobile Safari 18"},
    {"AppleCoreMedia/1.0.0.21F79 (iPad; U; CPU OS 17_5 like Mac OS X; en_us)", "tablet", "iOS 17", "Mobile Safari UI/WKWebView"},
    {"Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "tablet", "Android 14", "Chrome 142"},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "tablet", "Android 10", "Chrome 142"},
    {"Mozilla/5.0 (Linux; Android 11; KFTRWI Build/RS8332.3115N) AppleWebKit/537.36 (KHTML, like Gecko) Silk/130.4.1 like Chrome/130.0.6723.102 Safari/537.36", "tablet", "Android 11", "Amazon Silk 130"},
    {"Mozilla/5.0 (Android 14; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", "tablet", "Android 14", "Firefox Mobile 145"},
    // Televisions.
    {"Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) 120.0.6099.5/8.0 TV Safari/537.36", "tv", "Tizen 8", "Safari"},
    {"Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.211 Safari/537.36 WebAppManager", "tv", "Web0S", "Chrome 108"},
    {"Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2 Build/STT2.230505.001) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "tv", "Android 12", "Chrome 130"},
    {"Mozilla/5.0 (Linux; Android 11; AFTKA Build/RS8101.1849N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.107 Mobile Safari/537.36", "tv", "Android 11", "Chrome Mobile WebView 130"},
    {"Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.216 Safari/537.36 CrKey/1.56.500000", "tv", "Chromecast 1", "Chrome 120"},
    {"Roku/DVP-14.0 (14.0.4.5523-AE)", "tv", "Roku 14", "Roku 14"},
    {"AppleCoreMedia/1.0.0.22L572 (Apple TV; U; CPU OS 18_5 like Mac OS X; en_us)", "tv", "ATV OS X", ""},
    {"Mozilla/5.0 (Linux; Android 9; MIBOX4 Build/PI) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "tv", "Android 9", "Chrome 130"},
    {"HbbTV/1.6.1 (+DRM;Samsung;SmartTV2023:UTU7000;T-KSU2EDEUC-1401.2;KantSU2E;) Tizen/7.0", "tv", "Tizen 7", "HbbTV 1"},
    // Game consoles.
    {"Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15", "game_console", "", "Safari 16"},
    {"Mozilla/5.0 (PlayStation 4 11.00) AppleWebKit/605.1.15 (KHTML, like Gecko)", "game_console", "", "Apple Mail 605"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edge/44.18363.8131", "game_console", "Windows 10", "Edge 44"},
    {"Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.22.5 NintendoBrowser/5.1.0.23519", "game_console", "", ""},
    // Wearables.
    {"Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/36.2.0.12.44 Chrome/130.0.6723.117 VR Safari/537.36", "wearable", "Linux", "Chrome 130"},
    {"atc/1.0 watchOS/11.5 model/Watch7,5 hwp/t8310 build/22T572 (6; dt:261)", "wearable", "WatchOS 11", "Apple Watch App 7"},
    // Neither the device nor the system is said.
    {"curl/8.5.0", "", "", "curl 8"},
    {"okhttp/4.12.0", "", "", "okhttp 4"},
    {"test", "", "", ""},
};
// clang-format on

}  // namespace playhead::ingest
