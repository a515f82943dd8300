"""Small ODM documents of our own for the tests: everything the model names is in them once."""

from triallink.engines.odm import Header, OdmFile, Study, StudyVersion

ODM_132 = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:v="http://example.org/vendor" FileOID="F.1" FileType="Snapshot"
     CreationDateTime="2026-01-02T03:04:05" ODMVersion="1.3.2" Originator="Ada" v:Build="7">
  <Study OID="ST.1">
    <GlobalVariables>
      <StudyName>Aspirin</StudyName><StudyDescription>阿司匹林研究</StudyDescription><ProtocolName>ASP-01</ProtocolName>
      <v:Card Colour="blue">Kept</v:Card>
    </GlobalVariables>
    <BasicDefinitions>
      <MeasurementUnit OID="MU.KG" Name="kg"><Symbol><TranslatedText xml:lang="en">kg</TranslatedText>
        <TranslatedText xml:lang="zh-CN">公斤</TranslatedText></Symbol></MeasurementUnit>
    </BasicDefinitions>
    <MetaDataVersion OID="MDV.1" Name="Version 1" Description="First">
      <Protocol><StudyEventRef StudyEventOID="SE.V1" OrderNumber="1" Mandatory="Yes"/>
        <StudyEventRef StudyEventOID="SE.AE" OrderNumber="2" Mandatory="No"/></Protocol>
      <StudyEventDef OID="SE.V1" Name="Visit 1" Repeating="No" Type="Scheduled">
        <FormRef FormOID="F.DM" OrderNumber="1" Mandatory="Yes"/></StudyEventDef>
      <StudyEventDef OID="SE.AE" Name="Adverse events" Repeating="Yes" Type="Common">
        <FormRef FormOID="F.AE" Mandatory="No"/></StudyEventDef>
      <FormDef OID="F.DM" Name="Demographics" Repeating="No">
        <ItemGroupRef ItemGroupOID="IG.DM" OrderNumber="1" Mandatory="Yes"/></FormDef>
      <FormDef OID="F.AE" Name="Adverse events" Repeating="No">
        <ItemGroupRef ItemGroupOID="IG.AE" Mandatory="No"/></FormDef>
      <ItemGroupDef OID="IG.DM" Name="Demographics" Repeating="No" IsReferenceData="No" SASDatasetName="DM" Domain="DM"
          Purpose="Tabulation" Comment="A comment">
        <ItemRef ItemOID="IT.SEX" OrderNumber="1" Mandatory="Yes" KeySequence="1"/>
        <ItemRef ItemOID="IT.PREG" OrderNumber="2" Mandatory="No" CollectionExceptionConditionOID="CO.MALE"/>
        <ItemRef ItemOID="IT.WEIGHT" OrderNumber="3" Mandatory="No" v:Sdv="Required"/>
        <ItemRef ItemOID="IT.BMI" OrderNumber="4" Mandatory="No" MethodOID="MT.BMI"/></ItemGroupDef>
      <ItemGroupDef OID="IG.AE" Name="Adverse event" Repeating="Yes">
        <ItemRef ItemOID="IT.AETERM" Mandatory="Yes"/><ItemRef ItemOID="IT.AESTDAT" Mandatory="No"/></ItemGroupDef>
      <ItemDef OID="IT.SEX" Name="Sex" DataType="text" Length="1">
        <Question><TranslatedText xml:lang="en">Sex</TranslatedText><TranslatedText xml:lang="zh-CN">性别</TranslatedText>
        </Question><CodeListRef CodeListOID="CL.SEX"/><Alias Context="CDASH" Name="SEX"/></ItemDef>
      <ItemDef OID="IT.PREG" Name="Pregnant" DataType="boolean"><CodeListRef CodeListOID="CL.YN"/></ItemDef>
      <ItemDef OID="IT.WEIGHT" Name="Weight" DataType="float" Length="5" SignificantDigits="1" SASFieldName="WEIGHT">
        <MeasurementUnitRef MeasurementUnitOID="MU.KG"/>
        <RangeCheck Comparator="GE" SoftHard="Soft"><CheckValue>30</CheckValue>
          <MeasurementUnitRef MeasurementUnitOID="MU.KG"/>
          <ErrorMessage><TranslatedText xml:lang="en">Too light</TranslatedText></ErrorMessage></RangeCheck></ItemDef>
      <ItemDef OID="IT.BMI" Name="BMI" DataType="float" Length="5" SignificantDigits="2"/>
      <ItemDef OID="IT.AETERM" Name="Term" DataType="text" Length="200"/>
      <ItemDef OID="IT.AESTDAT" Name="Start" DataType="partialDate"/>
      <CodeList OID="CL.SEX" Name="Sex" DataType="text">
        <CodeListItem CodedValue="M" Rank="1"><Decode><TranslatedText xml:lang="en">Male</TranslatedText>
          <TranslatedText xml:lang="zh-CN">男</TranslatedText></Decode></CodeListItem>
        <CodeListItem CodedValue="F" OrderNumber="2"><Decode><TranslatedText xml:lang="en">Female</TranslatedText>
          <TranslatedText xml:lang="zh-CN">女</TranslatedText></Decode></CodeListItem></CodeList>
      <CodeList OID="CL.YN" Name="Yes or no" DataType="text"><EnumeratedItem CodedValue="Y"/>
        <EnumeratedItem CodedValue="N"/></CodeList>
      <ConditionDef OID="CO.MALE" Name="Male"><Description><TranslatedText>Male</TranslatedText></Description>
        <FormalExpression Context="own">SEX = "M"</FormalExpression></ConditionDef>
      <MethodDef OID="MT.BMI" Name="BMI" Type="Computation"><Description><TranslatedText>BMI</TranslatedText>
        </Description><FormalExpression Context="own">WEIGHT / HEIGHT ^ 2</FormalExpression></MethodDef>
    </MetaDataVersion>
  </Study>
  <AdminData StudyOID="ST.1"><User OID="U.CHEN"><LoginName>chen</LoginName></User></AdminData>
  <ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.1">
    <SubjectData SubjectKey="001" TransactionType="Upsert">
      <AuditRecord><UserRef UserOID="U.CHEN"/><LocationRef LocationOID="L.1"/>
        <DateTimeStamp>2026-01-02T03:04:05+08:00</DateTimeStamp><ReasonForChange/><SourceID>9</SourceID></AuditRecord>
      <SiteRef LocationOID="L.1"/>
      <StudyEventData StudyEventOID="SE.V1" StudyEventRepeatKey="V1[01]">
        <FormData FormOID="F.DM" FormRepeatKey="01">
          <ItemGroupData ItemGroupOID="IG.DM">
            <ItemData ItemOID="IT.SEX" Value="F"><Annotation SeqNum="1"><Comment SponsorOrSite="Site">查看 file</Comment>
              </Annotation></ItemData>
            <ItemData ItemOID="IT.PREG" IsNull="Yes"/>
            <ItemData ItemOID="IT.WEIGHT" Value="61.5"><MeasurementUnitRef MeasurementUnitOID="MU.KG"/></ItemData>
          </ItemGroupData>
          <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="2"><ItemDataString ItemOID="IT.AETERM">头痛
          </ItemDataString></ItemGroupData>
        </FormData>
      </StudyEventData>
    </SubjectData>
  </ClinicalData>
</ODM>
""".encode()

ODM_20 = b"""<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" FileOID="F.2" FileType="Snapshot" CreationDateTime="2026-01-02T03:04:05"
     ODMVersion="2.0">
  <Study OID="ST.2" StudyName="Aspirin" ProtocolName="ASP-01">
    <MetaDataVersion OID="MDV.1" Name="Version 1">
      <Protocol><StudyTimings><StudyTiming OID="T" Name="T"><RelativeTimingConstraint OID="T.1" Name="Day 8"
        PredecessorOID="SE.V1" SuccessorOID="SE.V2" TimepointRelativeTarget="P7D" TimepointPreWindow="P1D"/>
        </StudyTiming></StudyTimings></Protocol>
      <StudyEventDef OID="SE.V1" Name="Visit 1" Repeating="No" Type="Scheduled">
        <ItemGroupRef ItemGroupOID="F.VS" Mandatory="Yes"/></StudyEventDef>
      <StudyEventDef OID="SE.V2" Name="Visit 2" Repeating="No" Type="Scheduled">
        <ItemGroupRef ItemGroupOID="F.VS" Mandatory="Yes"/></StudyEventDef>
      <ItemGroupDef OID="F.VS" Name="Vital signs" Repeating="No" Type="Form">
        <ItemRef ItemOID="IT.VSDAT" Mandatory="Yes"/><ItemGroupRef ItemGroupOID="IG.VS" Mandatory="Yes"/></ItemGroupDef>
      <ItemGroupDef OID="IG.VS" Name="Rows" Repeating="Static" Type="Section">
        <ItemRef ItemOID="IT.VSORRES" UnitsItemOID="IT.VSORRESU" Mandatory="No"/>
        <ItemRef ItemOID="IT.VSORRESU" Mandatory="No"/><ItemGroupRef ItemGroupOID="IG.POS" Mandatory="No"/></ItemGroupDef>
      <ItemGroupDef OID="IG.POS" Name="Position" Repeating="No" Type="Section"><ItemRef ItemOID="IT.POS" Mandatory="No"/>
        <Alias Context="SDTM" Name="VS"/></ItemGroupDef>
      <ItemDef OID="IT.VSDAT" Name="Date" DataType="date"/>
      <ItemDef OID="IT.VSORRES" Name="Result" DataType="decimal" Length="5" DisplayFormat="5.1">
        <Prompt><TranslatedText xml:lang="en" Type="text/plain">Result</TranslatedText></Prompt>
        <RangeCheck Comparator="LT" SoftHard="Hard"><CheckValue>300</CheckValue></RangeCheck></ItemDef>
      <ItemDef OID="IT.VSORRESU" Name="Unit" DataType="text"><CodeListRef CodeListOID="CL.U"/></ItemDef>
      <ItemDef OID="IT.POS" Name="Position" DataType="text"/>
      <CodeList OID="CL.U" Name="Units" DataType="text"><CodeListItem CodedValue="mmHg"><Coding
        System="http://unitsofmeasure.org" Code="mm[Hg]"/></CodeListItem></CodeList>
    </MetaDataVersion>
  </Study>
  <ClinicalData StudyOID="ST.2" MetaDataVersionOID="MDV.1">
    <SubjectData SubjectKey="001">
      <StudyEventData StudyEventOID="SE.V1">
        <ItemGroupData ItemGroupOID="F.VS"><ItemData ItemOID="IT.VSDAT"><Value>2026-01-02</Value></ItemData>
          <ItemGroupData ItemGroupOID="IG.VS" ItemGroupRepeatKey="SYSBP">
            <ItemData ItemOID="IT.VSORRES"><Value SeqNum="1">120</Value><Value SeqNum="2">122</Value>
              <Query OID="Q.1" Source="System" Type="System" State="Open" LastUpdateDatetime="2026-01-02T03:04:05">
                <Value>Which one?</Value></Query></ItemData>
          </ItemGroupData></ItemGroupData>
      </StudyEventData>
    </SubjectData>
  </ClinicalData>
</ODM>
"""


def odm_file(version: StudyVersion, odm_version: str) -> OdmFile:
    """Return a file of one version."""
    header = Header("F", "Snapshot", "2026-01-01T00:00:00", odm_version)
    return OdmFile(header, (Study("ST", "N", "P", versions=(version,)),))
