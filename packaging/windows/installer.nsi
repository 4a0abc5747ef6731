; One offline installer for 64-bit Windows 10 (1809) and 11, made by packaging/build:
;   makensis -DVERSION=0.1.0 -DSTAGE=folder -DLAUNCHERS=folder -DOUT=file -DSIZEKB=n -DCOMP=lzma|zlib [-DMOMENTS] installer.nsi
;
; $INSTDIR\Jingwushi.exe, cmd\jingwushi.exe   launchers (launcher/launcher.c)
; $INSTDIR\program                            the version in use
; $INSTDIR\program.old                        the version before it, kept until the next upgrade
; $INSTDIR\program.new                        exists only while an installer works
; Records lie in another folder that no line here names: nothing of them can be removed.
;
; Options: /S silent, /PASSIVE shows the progress and asks nothing, /CurrentUser (the rule) or /AllUsers,
;          /D=folder (last), /FORCE allows a downgrade, /WAIT gives a running program 60 s to end,
;          /RUN starts the program afterwards: the new one, or the old one where nothing could be done.
; Exit:    0 done, 1 cancelled, 2 damaged file (NSIS), 10 Windows too old, 11 downgrade, 12 program is running,
;          13 cannot write or disk full, 14 cannot take the old version's place (old one is kept). packaging/README.md
Unicode true
Target amd64-unicode
!define APP "Jingwushi"
!define TITLE "警务室"
!define PUBLISHER "Jingwushi"
!define PROGID "Jingwushi.Bundle.1"
!define MUTEX "Global\Jingwushi.Running"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"
Name "${TITLE}"
OutFile "${OUT}"
!if ${COMP} == lzma
  SetCompressor /SOLID lzma
  ; 32 would save 3 MB, and cost a fifth more of the build's time and 24 MB of memory while installing.
  SetCompressorDictSize 8
!else
  SetCompressor zlib
!endif
ManifestDPIAware true
ManifestSupportedOS Win10
XPStyle on
BrandingText "${TITLE} ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey /LANG=2052 "ProductName" "${TITLE}"
VIAddVersionKey /LANG=2052 "FileDescription" "${TITLE} 安装程序"
VIAddVersionKey /LANG=2052 "CompanyName" "${PUBLISHER}"
VIAddVersionKey /LANG=2052 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=2052 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=2052 "LegalCopyright" "Apache-2.0"
!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh
!include WinVer.nsh
!include x64.nsh
!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "${APP}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "Software\${APP}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "Mode"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "Software\${APP}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallDir"
!include MultiUser.nsh
!define MUI_ICON "../launcher/app.ico"
!define MUI_UNICON "../launcher/app.ico"
!define MUI_WELCOMEPAGE_TEXT "将在这台电脑上安装${TITLE} ${VERSION}。不需要网络。$\r$\n$\r$\n已有的记录不会被改动；升级前会保留上一版本。"
!define MUI_FINISHPAGE_RUN "$INSTDIR\${APP}.exe"
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhenPassive
!insertmacro MUI_PAGE_WELCOME
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhenPassive
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhenPassive
!insertmacro MUI_PAGE_DIRECTORY
!define MUI_PAGE_CUSTOMFUNCTION_SHOW CloseWhenPassive
!insertmacro MUI_PAGE_INSTFILES
!define MUI_PAGE_CUSTOMFUNCTION_PRE SkipWhenPassive
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE SimpChinese

Var WantedFolder

!macro RunWhenAsked
  ${GetParameters} $R2
  ClearErrors
  ${GetOptions} $R2 "/RUN" $R3
  ${IfNot} ${Errors}
  ${AndIf} ${FileExists} "$INSTDIR\${APP}.exe"
    Exec '"$INSTDIR\${APP}.exe"'
  ${EndIf}
!macroend

; Whoever updated from inside the program sees it again, and it says that it is still the old one.
!macro Fail CODE SENTENCE
  SetErrorLevel ${CODE}
  MessageBox MB_OK|MB_ICONSTOP "${SENTENCE}" /SD IDOK
  !insertmacro RunWhenAsked
  Quit
!macroend

; An update from inside the program: everything was said there, so only the progress is shown.
!macro IfPassive DO
  ${GetParameters} $R2
  ClearErrors
  ${GetOptions} $R2 "/PASSIVE" $R3
  ${IfNot} ${Errors}
    ${DO}
  ${EndIf}
!macroend

Function SkipWhenPassive
  !insertmacro IfPassive "Abort"
FunctionEnd

Function CloseWhenPassive
  !insertmacro IfPassive "SetAutoClose true"
FunctionEnd

; The launchers hold a named mutex; Windows frees it however they end. A folder in use can be renamed in some cases, so
; the rename alone would be no test.
!macro StopIfRunning SENTENCE
  Push $R0
  Push $R1
  System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "${MUTEX}") p.R0 ?e'
  Pop $R1
  ${If} $R0 P<> 0
    System::Call 'kernel32::CloseHandle(p R0)'
    !insertmacro Fail 12 "${SENTENCE}"
  ${ElseIf} $R1 = 5 ; held in the session of another user
    !insertmacro Fail 12 "${SENTENCE}"
  ${EndIf}
  Pop $R1
  Pop $R0
!macroend

!macro Associate SUFFIX
  WriteRegStr SHCTX "Software\Classes\${SUFFIX}" "" "${PROGID}"
  WriteRegStr SHCTX "Software\Classes\${SUFFIX}\OpenWithProgids" "${PROGID}" ""
!macroend

!macro Dissociate SUFFIX
  ReadRegStr $0 SHCTX "Software\Classes\${SUFFIX}" ""
  ${If} $0 == "${PROGID}" ; another program may have taken it over
    DeleteRegKey SHCTX "Software\Classes\${SUFFIX}"
  ${EndIf}
!macroend

; Only in rehearsals (-DMOMENTS): stands still at a numbered moment for ever, so that the power can be cut there.
!macro Moment NUMBER
  !ifdef MOMENTS
    ReadEnvStr $R8 "JINGWUSHI_CUT_AT"
    ${If} $R8 == "${NUMBER}"
      FileOpen $R9 "$TEMP\jingwushi-moment" w
      FileWrite $R9 "${NUMBER}"
      FileClose $R9
      Sleep 600000
    ${EndIf}
  !endif
!macroend

Function .onInit
  StrCpy $WantedFolder $INSTDIR ; /D=..., which MultiUser.nsh would override
  SetRegView 64
  ${IfNot} ${RunningX64}
    !insertmacro Fail 10 "本软件需要 64 位 Windows 10（1809 或更新）或 Windows 11。没有改动任何文件。"
  ${EndIf}
  ${IfNot} ${AtLeastBuild} 17763
    !insertmacro Fail 10 "本软件需要 64 位 Windows 10（1809 或更新）或 Windows 11。没有改动任何文件。"
  ${EndIf}
  !insertmacro MULTIUSER_INIT
  ${If} $WantedFolder != ""
    StrCpy $INSTDIR $WantedFolder
  ${EndIf}
  ; An older program cannot read what a newer one has saved.
  ReadRegStr $0 SHCTX "${UNINSTALL}" "DisplayVersion"
  ${If} $0 != ""
    ${VersionCompare} $0 "${VERSION}" $1
    ${If} $1 == 1
      ${GetParameters} $2
      ClearErrors
      ${GetOptions} $2 "/FORCE" $3
      ${If} ${Errors}
        !insertmacro Fail 11 "已安装更新的版本 $0，不能换成 ${VERSION}。没有改动任何文件。"
      ${EndIf}
    ${EndIf}
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

; An update is started by the program itself, which then ends: give it a minute.
Function WaitForProgram
  ${GetParameters} $R2
  ClearErrors
  ${GetOptions} $R2 "/WAIT" $R3
  ${If} ${Errors}
    Return
  ${EndIf}
  ${For} $R4 1 120
    System::Call 'kernel32::OpenMutexW(i 0x100000, i 0, w "${MUTEX}") p.R0'
    ${If} $R0 P= 0
      Return
    ${EndIf}
    System::Call 'kernel32::CloseHandle(p R0)'
    Sleep 500
  ${Next}
FunctionEnd

Section "main"
  Call WaitForProgram
  !insertmacro StopIfRunning "${TITLE}正在运行。请先退出程序再安装。没有改动任何文件。"
  SetOutPath "$INSTDIR"
  ; An installer that was cut off between its two renames left no `program`: the old version takes its place again.
  ${If} ${FileExists} "$INSTDIR\program.old\*.*"
  ${AndIfNot} ${FileExists} "$INSTDIR\program\*.*"
    Rename "$INSTDIR\program.old" "$INSTDIR\program"
  ${EndIf}
  RMDir /r "$INSTDIR\program.new"
  SetOutPath "$INSTDIR\program.new"
  ClearErrors
  !ifdef MOMENTS
    File /r "${STAGE}/app"
    !insertmacro Moment 1
  !endif
  File /r "${STAGE}/*"
  SetOutPath "$INSTDIR\program.new\launchers"
  File /oname=window.exe "${LAUNCHERS}/window/Jingwushi.exe"
  File /oname=console.exe "${LAUNCHERS}/console/jingwushi.exe"
  ${If} ${Errors}
    SetOutPath "$INSTDIR"
    RMDir /r "$INSTDIR\program.new"
    !insertmacro Fail 13 "磁盘空间不足，或这个位置不能写入。原有版本和记录都没有改动。"
  ${EndIf}
  SetOutPath "$INSTDIR"
  ; Through to the disk before the old version gives way.
  nsExec::Exec '"$INSTDIR\program.new\launchers\console.exe" --flush "$INSTDIR\program.new"'
  Pop $0
  !insertmacro Moment 2
  ${If} ${FileExists} "$INSTDIR\program\*.*"
    RMDir /r "$INSTDIR\program.old"
    ClearErrors
    Rename "$INSTDIR\program" "$INSTDIR\program.old"
    ${If} ${Errors}
      RMDir /r "$INSTDIR\program.new"
      !insertmacro Fail 14 "不能替换程序文件，可能被杀毒软件占用。仍是原有版本，请稍后再试。"
    ${EndIf}
  ${EndIf}
  !insertmacro Moment 3
  ClearErrors
  Rename "$INSTDIR\program.new" "$INSTDIR\program"
  ${If} ${Errors}
    Rename "$INSTDIR\program.old" "$INSTDIR\program"
    !insertmacro Fail 14 "不能替换程序文件，可能被杀毒软件占用。已恢复原有版本，请稍后再试。"
  ${EndIf}
  !insertmacro Moment 4
  ; The launchers outlive versions: a new one takes its place in one step, and where it cannot, the one there will do.
  CreateDirectory "$INSTDIR\cmd"
  StrCpy $1 "${APP}.exe"
  StrCpy $2 "window.exe"
  Call TakePlace
  StrCpy $1 "cmd\jingwushi.exe"
  StrCpy $2 "console.exe"
  Call TakePlace
  ${IfNot} ${FileExists} "$INSTDIR\${APP}.exe"
    !insertmacro Fail 13 "启动程序无法写入。请检查磁盘空间和杀毒软件，再安装一次。记录没有改动。"
  ${EndIf}
  WriteUninstaller "$INSTDIR\uninstall.exe"
  !insertmacro Moment 5
  CreateDirectory "$SMPROGRAMS\${TITLE}"
  CreateShortCut "$SMPROGRAMS\${TITLE}\${TITLE}.lnk" "$INSTDIR\${APP}.exe" "" "$INSTDIR\${APP}.exe" 0
  CreateShortCut "$SMPROGRAMS\${TITLE}\${TITLE}（上一版本）.lnk" "$INSTDIR\${APP}.exe" "--previous" "$INSTDIR\${APP}.exe" 0
  ${IfNot} ${FileExists} "$INSTDIR\program.old\*.*"
    Delete "$SMPROGRAMS\${TITLE}\${TITLE}（上一版本）.lnk"
  ${EndIf}
  CreateShortCut "$SMPROGRAMS\${TITLE}\卸载.lnk" "$INSTDIR\uninstall.exe"
  WriteRegStr SHCTX "Software\Classes\${PROGID}" "" "${TITLE}数据包"
  WriteRegStr SHCTX "Software\Classes\${PROGID}\DefaultIcon" "" "$INSTDIR\${APP}.exe,1"
  WriteRegStr SHCTX "Software\Classes\${PROGID}\shell\open\command" "" '"$INSTDIR\${APP}.exe" "%1"'
  !insertmacro Associate ".jwb" ; a bundle
  !insertmacro Associate ".jwa" ; an attachment on its way
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  WriteRegStr SHCTX "Software\${APP}" "InstallDir" "$INSTDIR"
  WriteRegStr SHCTX "Software\${APP}" "Mode" "$MultiUser.InstallMode"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayName" "${TITLE}"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL}" "Publisher" "${PUBLISHER}"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${APP}.exe"
  WriteRegStr SHCTX "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoRepair" 1
  WriteRegDWORD SHCTX "${UNINSTALL}" "EstimatedSize" ${SIZEKB}
  !insertmacro RunWhenAsked
SectionEnd

; $1: where a launcher lies, $2: its name in the version's own folder
Function TakePlace
  CopyFiles /SILENT "$INSTDIR\program\launchers\$2" "$INSTDIR\$1.new"
  ; MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH
  System::Call 'kernel32::MoveFileExW(w "$INSTDIR\$1.new", w "$INSTDIR\$1", i 9) i.R0'
  ${If} $R0 = 0
    Delete "$INSTDIR\$1.new"
  ${EndIf}
FunctionEnd

Section "Uninstall"
  !insertmacro StopIfRunning "${TITLE}正在运行。请先退出程序再卸载。没有改动任何文件。"
  RMDir /r "$INSTDIR\program.new"
  RMDir /r "$INSTDIR\program.old"
  RMDir /r "$INSTDIR\program"
  Delete "$INSTDIR\${APP}.exe"
  Delete "$INSTDIR\${APP}.exe.new"
  RMDir /r "$INSTDIR\cmd"
  Delete "$SMPROGRAMS\${TITLE}\${TITLE}.lnk"
  Delete "$SMPROGRAMS\${TITLE}\${TITLE}（上一版本）.lnk"
  Delete "$SMPROGRAMS\${TITLE}\卸载.lnk"
  RMDir "$SMPROGRAMS\${TITLE}"
  !insertmacro Dissociate ".jwb"
  !insertmacro Dissociate ".jwa"
  DeleteRegKey SHCTX "Software\Classes\${PROGID}"
  DeleteRegKey SHCTX "${UNINSTALL}"
  DeleteRegKey SHCTX "Software\${APP}"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR" ; only when empty
SectionEnd
